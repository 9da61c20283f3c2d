-- The queries of storage/copies.py, each under its name.

-- unsigned: stories of runs ($runs) whose signature is missing or of another text or time, and those no longer compared
WITH fresh AS MATERIALIZED (
    SELECT story_id, published_by(published, day, first_seen_at) AS published_at, text_digest, skipped = '' AS compared
    FROM stories
    -- Those with a day alone were signed by their first reading up to version 0.7.
    WHERE run_id IN (SELECT unnest($runs)) OR (published IS NULL AND day IS NOT NULL)
),
signed AS (
    SELECT story_id, published_at AS signed_at, text_digest AS signed_digest FROM signatures SEMI JOIN fresh USING (story_id)
)
SELECT story_id, published_at, compared
FROM fresh
LEFT JOIN signed USING (story_id)
WHERE CASE
    WHEN compared THEN signed_digest IS NULL OR signed_digest <> text_digest OR signed_at <> published_at
    ELSE signed_digest IS NOT NULL
END
ORDER BY published_at, story_id;

-- since: when the first of stories ($stories) was first read; as a constant it lets older parts of a table be left out
SELECT min(first_seen_at)::VARCHAR AS since FROM stories WHERE story_id IN (SELECT unnest($stories::JSON::UUID[]));

-- texts: what signatures of stories ($stories) are made from
SELECT story_id, title, text, text_digest, published_by(published, day, first_seen_at) AS published_at
FROM stories
WHERE story_id IN (SELECT unnest($stories::JSON::UUID[])) AND first_seen_at >= $since::VARCHAR::TIMESTAMPTZ;

-- sign: new signatures ($signatures)
INSERT INTO signatures BY NAME
SELECT * REPLACE (unhex(signature) AS signature)
FROM (
    SELECT unnest(row) FROM (SELECT unnest($signatures::JSON::STRUCT(
        story_id UUID, published_at TIMESTAMPTZ, text_digest UBIGINT, scheme VARCHAR, signature VARCHAR, bands UBIGINT[]
    )[]) AS row)
);

-- span: when the stories that are compared with some ($stories) were published, within $days of them
SELECT
    (min(published_at) - to_days($days))::VARCHAR AS first_at,
    (max(published_at) + to_days($days))::VARCHAR AS last_at
FROM signatures
WHERE story_id IN (SELECT unnest($stories::JSON::UUID[]));

-- outdated: stories of a span whose signatures are of another scheme than $scheme
SELECT story_id
FROM signatures
WHERE published_at BETWEEN $first_at::VARCHAR::TIMESTAMPTZ AND $last_at::VARCHAR::TIMESTAMPTZ AND scheme <> $scheme;

-- family: the copy groups of stories ($stories), each story with the first of its group
WITH firsts AS (
    SELECT copy_of FROM copies
    WHERE story_id IN (SELECT unnest($stories::JSON::UUID[])) OR copy_of IN (SELECT unnest($stories::JSON::UUID[]))
)
SELECT story_id, copy_of AS first_id FROM copies SEMI JOIN firsts USING (copy_of)
UNION
SELECT copy_of, copy_of FROM firsts;

-- alike: the stories of a span that share a band with some ($stories), themselves among them
WITH near AS (
    SELECT story_id, unnest(bands) AS band
    FROM signatures
    WHERE published_at BETWEEN $first_at::VARCHAR::TIMESTAMPTZ AND $last_at::VARCHAR::TIMESTAMPTZ
),
wanted AS (
    SELECT DISTINCT band FROM near WHERE story_id IN (SELECT unnest($stories::JSON::UUID[]))
)
SELECT
    g.story_id, g.published_at, t.first_seen_at AS seen_at, g.signature,
    c.copy_of, f.published_at AS first_at, o.first_seen_at AS first_seen_at
FROM signatures AS g
JOIN stories AS t USING (story_id)
SEMI JOIN (SELECT story_id FROM near SEMI JOIN wanted USING (band)) AS chosen USING (story_id)
LEFT JOIN copies AS c USING (story_id)
LEFT JOIN signatures AS f ON f.story_id = c.copy_of
LEFT JOIN stories AS o ON o.story_id = c.copy_of
WHERE g.published_at BETWEEN $first_at::VARCHAR::TIMESTAMPTZ AND $last_at::VARCHAR::TIMESTAMPTZ;

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
            {
                'later': s.story_id <> f.first_id,
                'at': published_by(t.published, t.day, t.first_seen_at),
                'seen': t.first_seen_at,
                'id': s.story_id
            } AS turn
        FROM statements AS s
        JOIN family AS f USING (story_id)
        JOIN stories AS t USING (story_id)
        -- No statement is older than its story.
        WHERE s.valid_from >= $since::VARCHAR::TIMESTAMPTZ AND t.first_seen_at >= $since::VARCHAR::TIMESTAMPTZ
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
    AND statements.valid_from >= $since::VARCHAR::TIMESTAMPTZ
    AND (statements.repeat_of IS DISTINCT FROM marked.repeat_of OR statements.outlets IS DISTINCT FROM marked.outlets);
