-- The statements of runs ($runs) that may report what others report, and those others: by the same speaker, from about
-- the same time, in other stories, with at least two longer words in common. In order of publication. Only what these
-- give is compared by extractors.duplicates: at five million statements the rest would be tens of thousands.
WITH span AS (
    SELECT
        min(published_by(published, day, first_seen_at)) - to_days($days) AS first_at,
        max(published_by(published, day, first_seen_at)) + to_days($days) AS last_at
    FROM stories
    SEMI JOIN (SELECT story_id FROM statements WHERE run_id IN (SELECT unnest($runs))) AS fresh USING (story_id)
),
named AS (
    SELECT
        s.statement_id,
        s.story_id,
        s.run_id IN (SELECT unnest($runs)) AS is_new,
        published_by(t.published, t.day, t.first_seen_at) AS published_at,
        [s.actor_id, lower(regexp_extract(s.speaker_name, '(\w+)\W*$', 1))] AS speakers,
        s.content
    FROM statements AS s
    JOIN (FROM stories, span WHERE published_by(published, day, first_seen_at) BETWEEN first_at AND last_at) AS t USING (story_id)
    WHERE s.vanished_at IS NULL AND s.speaker_kind <> 'anonymous'
),
spoken AS (
    SELECT * EXCLUDE (speakers), unnest(speakers) AS speaker FROM named
),
worded AS (
    SELECT
        * EXCLUDE (content),
        unnest(list_distinct(list_transform(regexp_extract_all(lower(content), '\w{4,}|\d+'), lambda word: word[:5]))) AS word
    FROM spoken
    WHERE speaker <> '' AND speaker IN (SELECT speaker FROM spoken WHERE is_new)
),
pairs AS (
    SELECT DISTINCT fresh.statement_id, other.statement_id AS other_id
    FROM worded AS fresh
    JOIN worded AS other USING (speaker, word)
    WHERE fresh.is_new
        AND fresh.story_id <> other.story_id
        AND abs(date_diff('day', fresh.published_at, other.published_at)) <= $days
        AND word NOT IN (
            'that', 'with', 'have', 'this', 'from', 'will', 'would', 'there', 'their', 'which', 'been', 'were', 'they',
            'about', 'after', 'could', 'shoul', 'other', 'more', 'than', 'also', 'into', 'when', 'what'
        )
    GROUP BY fresh.statement_id, fresh.speaker, other.statement_id
    HAVING count(*) >= 2
),
chosen AS (
    SELECT statement_id FROM pairs
    UNION
    SELECT other_id FROM pairs
)
SELECT statements.*, utterances.utterance_id, named.is_new
FROM statements
JOIN chosen USING (statement_id)
JOIN named USING (statement_id)
LEFT JOIN utterances USING (statement_id)
ORDER BY named.published_at, statement_id
