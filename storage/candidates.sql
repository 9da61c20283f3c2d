-- The statements of runs ($runs), and those by the same speakers from about the same time, in order of publication.
WITH span AS (
    SELECT
        min(coalesce(published, first_seen_at)) - to_days($days) AS first_at,
        max(coalesce(published, first_seen_at)) + to_days($days) AS last_at
    FROM stories
    SEMI JOIN (SELECT story_id FROM statements WHERE run_id IN (SELECT unnest($runs))) AS fresh USING (story_id)
),
named AS (
    SELECT
        s.*,
        coalesce(t.published, t.first_seen_at) AS published_at,
        lower(regexp_extract(s.speaker_name, '(\w+)\W*$', 1)) AS surname
    FROM statements AS s
    JOIN (FROM stories, span WHERE coalesce(published, first_seen_at) BETWEEN first_at AND last_at) AS t USING (story_id)
    WHERE s.vanished_at IS NULL AND s.speaker_kind <> 'anonymous'
),
speakers AS (
    SELECT DISTINCT unnest([actor_id, surname]) AS speaker FROM named WHERE run_id IN (SELECT unnest($runs))
)
SELECT named.*, utterances.utterance_id, named.run_id IN (SELECT unnest($runs)) AS is_new
FROM named
LEFT JOIN utterances USING (statement_id)
WHERE (named.actor_id <> '' AND named.actor_id IN (FROM speakers))
   OR (named.surname <> '' AND named.surname IN (FROM speakers))
ORDER BY named.published_at, named.statement_id
