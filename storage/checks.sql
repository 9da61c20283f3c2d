-- Invariants of the warehouse. Each query gives the rows that break one; its heading says what is wrong with them.

-- feeds are subscribed twice
SELECT url FROM feeds GROUP BY url HAVING count(*) > 1;

-- feeds have more than one state
SELECT url FROM feed_states GROUP BY url HAVING count(*) > 1;

-- entries are there twice
SELECT feed_url || ' ' || key FROM entries GROUP BY ALL HAVING count(*) > 1;

-- stories are there twice
SELECT story_id FROM stories GROUP BY story_id HAVING count(*) > 1;

-- URLs have more than one story
SELECT url FROM stories GROUP BY url HAVING count(*) > 1;

-- story versions are there twice
SELECT story_id, version FROM story_texts GROUP BY ALL HAVING count(*) > 1;

-- statements are there twice
SELECT statement_id FROM statements GROUP BY statement_id HAVING count(*) > 1;

-- batches were committed twice
SELECT batch_id FROM batches GROUP BY batch_id HAVING count(*) > 1;

-- runs are there twice
SELECT run_id FROM runs GROUP BY run_id HAVING count(*) > 1;

-- actors are there twice
SELECT actor_id FROM actors GROUP BY actor_id HAVING count(*) > 1;

-- alerts are there twice
SELECT statement_id FROM alerts GROUP BY watch, target, statement_id HAVING count(*) > 1;

-- alerts have no statement
SELECT statement_id FROM alerts ANTI JOIN statements USING (statement_id);

-- statements have no story
SELECT statement_id FROM statements ANTI JOIN stories USING (story_id);

-- statements refer to a version of their story that is not there
SELECT statement_id FROM statements
ANTI JOIN story_texts ON statements.story_id = story_texts.story_id AND statements.story_version = story_texts.version;

-- statements are older than their story, where the append does not look for them
SELECT statement_id FROM statements JOIN stories USING (story_id) WHERE valid_from < first_seen_at;

-- earlier versions have no story
SELECT story_id FROM story_versions ANTI JOIN stories USING (story_id);

-- earlier statements have no statement
SELECT statement_id FROM statement_history ANTI JOIN statements USING (statement_id);

-- statements of one utterance are not there
SELECT statement_id FROM utterances ANTI JOIN statements USING (statement_id);

-- stories have two signatures
SELECT story_id FROM signatures GROUP BY story_id HAVING count(*) > 1;

-- signatures have no story
SELECT story_id FROM signatures ANTI JOIN stories USING (story_id);

-- stories are copies of two stories
SELECT story_id FROM copies GROUP BY story_id HAVING count(*) > 1;

-- copies or their originals are not there
SELECT story_id FROM copies WHERE story_id NOT IN (SELECT story_id FROM stories) OR copy_of NOT IN (SELECT story_id FROM stories);

-- stories are copies of a copy, or of themselves
SELECT story_id FROM copies WHERE copy_of IN (SELECT story_id FROM copies);

-- statements repeat one that is not shown
SELECT statement_id FROM statements
WHERE repeat_of IS NOT NULL AND repeat_of NOT IN (SELECT statement_id FROM statements WHERE repeat_of IS NULL AND vanished_at IS NULL);

-- entries were read into stories that are not there
SELECT entry_id FROM entries ANTI JOIN stories USING (story_id) WHERE story_id IS NOT NULL;

-- entries came from feeds that were never subscribed to
SELECT DISTINCT feed_url FROM entries ANTI JOIN feeds ON feeds.url = entries.feed_url;

-- offices are held by actors that are not listed
SELECT actor_id FROM offices ANTI JOIN actors USING (actor_id);

-- intervals of days end before they begin
SELECT statement_id FROM statements WHERE said_to < said_from;

-- entries wait to be read without a time, or have a time and do not wait
SELECT entry_id FROM entries WHERE (status = 'pending' AND read_due_at IS NULL) OR (status = 'dropped' AND read_due_at IS NOT NULL);

-- statements (of 2000 tried) do not stand in their story at the offsets given
SELECT statement_id
FROM (FROM statements USING SAMPLE 2000 ROWS) AS s
JOIN story_texts AS t ON s.story_id = t.story_id AND s.story_version = t.version
WHERE regexp_replace(s.content, '\s+', ' ', 'g') <> regexp_replace(
    array_to_string(list_transform(s.spans.content, lambda span: piece(t.text, span)), ' '), '\s+', ' ', 'g')
OR (s.spans.speaker IS NOT NULL AND piece(t.text, s.spans.speaker) <> s.speaker);

-- tables, views, macros or columns have no comment
SELECT concat_ws('.', name, column_name) FROM dictionary WHERE coalesce(holds, '') = '';
