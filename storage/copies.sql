-- The queries of storage/copies.py, each under its name.

-- unsigned: stories of runs ($runs) whose signature is missing or of another text or time, and those no longer compared
SELECT t.story_id, coalesce(t.published, t.first_seen_at) AS published_at, t.skipped = '' AS compared
FROM stories AS t
LEFT JOIN signatures AS g USING (story_id)
WHERE t.run_id IN (SELECT unnest($runs)) AND CASE
    WHEN t.skipped <> '' THEN g.story_id IS NOT NULL
    ELSE g.story_id IS NULL OR g.text_digest <> t.text_digest OR g.published_at <> coalesce(t.published, t.first_seen_at)
END
ORDER BY published_at, story_id;

-- texts: what signatures of stories ($stories) are made from
SELECT story_id, title, text, text_digest, coalesce(published, first_seen_at) AS published_at
FROM stories
WHERE story_id IN (SELECT unnest($stories::JSON::UUID[]));

-- sign: new signatures ($signatures)
INSERT INTO signatures BY NAME
SELECT * REPLACE (unhex(signature) AS signature)
FROM (
    SELECT unnest(row) FROM (SELECT unnest($signatures::JSON::STRUCT(
        story_id UUID, published_at TIMESTAMPTZ, text_digest UBIGINT, scheme VARCHAR, signature VARCHAR, bands UBIGINT[]
    )[]) AS row)
);

-- outdated: stories published within $days of some ($stories) whose signatures are of another scheme ($scheme)
WITH span AS (
    SELECT min(published_at) - to_days($days) AS first_at, max(published_at) + to_days($days) AS last_at
    FROM signatures
    WHERE story_id IN (SELECT unnest($stories::JSON::UUID[]))
)
SELECT story_id FROM signatures, span WHERE scheme <> $scheme AND published_at BETWEEN first_at AND last_at;

-- family: the copy groups of stories ($stories), each story with the first of its group
WITH firsts AS (
    SELECT copy_of FROM copies
    WHERE story_id IN (SELECT unnest($stories::JSON::UUID[])) OR copy_of IN (SELECT unnest($stories::JSON::UUID[]))
)
SELECT story_id, copy_of AS first_id FROM copies SEMI JOIN firsts USING (copy_of)
UNION
SELECT copy_of, copy_of FROM firsts;

-- alike: stories ($stories), and those published within $days of them that share a band with one
WITH own AS MATERIALIZED (
    SELECT published_at, bands FROM signatures WHERE story_id IN (SELECT unnest($stories::JSON::UUID[]))
),
span AS (
    SELECT min(published_at) - to_days($days) AS first_at, max(published_at) + to_days($days) AS last_at FROM own
),
near AS (
    SELECT story_id, unnest(bands) AS band FROM signatures, span WHERE published_at BETWEEN first_at AND last_at
),
chosen AS (
    SELECT DISTINCT story_id FROM near SEMI JOIN (SELECT unnest(bands) AS band FROM own) AS wanted USING (band)
)
SELECT g.story_id, g.published_at, g.signature, c.copy_of, f.published_at AS first_at
FROM signatures AS g
SEMI JOIN chosen USING (story_id)
LEFT JOIN copies AS c USING (story_id)
LEFT JOIN signatures AS f ON f.story_id = c.copy_of;

-- touched: copies and their originals in which runs ($runs) have written, or from which statements vanished since
SELECT DISTINCT story_id
FROM (
    SELECT story_id FROM stories WHERE run_id IN (SELECT unnest($runs))
    UNION ALL
    SELECT story_id FROM statements
    WHERE run_id IN (SELECT unnest($runs))
        OR vanished_at >= (SELECT min(committed_at) FROM batches WHERE run_id IN (SELECT unnest($runs)))
)
WHERE story_id IN (SELECT story_id FROM copies UNION ALL SELECT copy_of FROM copies);

-- carry: mark in copy groups ($family, a group whole) the statements that several stories hold: same words, same speaker
UPDATE statements
SET repeat_of = marked.repeat_of, outlets = marked.outlets
FROM (
    WITH family AS (
        SELECT unnest(row) FROM (SELECT unnest($family::JSON::STRUCT(story_id UUID, first_id UUID)[]) AS row)
    ),
    held AS (
        SELECT
            s.statement_id,
            s.story_id,
            f.first_id,
            coalesce(nullif(s.actor_id, ''), lower(coalesce(nullif(s.speaker_name, ''), s.speaker))) AS speaker,
            trim(regexp_replace(lower(s.content), '[^\pL\pN]+', ' ', 'g')) AS words,
            s.vanished_at IS NULL AS stands,
            t.outlet,
            {'later': s.story_id <> f.first_id, 'at': coalesce(t.published, t.first_seen_at), 'id': s.story_id} AS turn
        FROM statements AS s
        JOIN family AS f USING (story_id)
        JOIN stories AS t USING (story_id)
        -- No statement is older than its story: older parts of the table are left out.
        WHERE s.valid_from >= (SELECT min(first_seen_at) FROM stories SEMI JOIN family USING (story_id))
    ),
    shared AS (
        SELECT first_id, speaker, words, min(turn) AS first_turn, arg_min(statement_id, (turn, statement_id)) AS shown
        FROM held
        WHERE stands
        GROUP BY ALL
        HAVING count(DISTINCT story_id) > 1
    ),
    carriers AS (
        SELECT first_id, speaker, words, list(outlet ORDER BY first_turn) AS outlets
        FROM (SELECT first_id, speaker, words, outlet, min(turn) AS first_turn FROM held WHERE stands GROUP BY ALL)
        GROUP BY ALL
    )
    SELECT
        held.statement_id,
        CASE WHEN held.stands AND held.turn <> shared.first_turn THEN shared.shown END AS repeat_of,
        CASE WHEN held.stands AND shared.shown IS NOT NULL THEN carriers.outlets END AS outlets
    FROM held
    LEFT JOIN shared USING (first_id, speaker, words)
    LEFT JOIN carriers USING (first_id, speaker, words)
) AS marked
WHERE statements.statement_id = marked.statement_id
    AND (statements.repeat_of IS DISTINCT FROM marked.repeat_of OR statements.outlets IS DISTINCT FROM marked.outlets);
