-- What analysts query. Made anew whenever this text changes, so that no view is older than the program.
-- A view's column without a comment of its own takes that of the column of its name in said, statements, stories or feeds.

CREATE MACRO piece(whole, span) AS whole[span.start + 1 : span.stop];
COMMENT ON MACRO piece IS 'The part of a text that a span marks: piece(text, spans.cue).';

CREATE MACRO written_date(first_day, last_day, width) AS
    CASE
        WHEN first_day IS NULL OR last_day IS NULL THEN ''
        WHEN width = 'year' THEN strftime(first_day, '%Y')
        WHEN width = 'month' THEN strftime(first_day, '%Y-%m')
        WHEN first_day = last_day THEN strftime(first_day, '%Y-%m-%d')
        ELSE strftime(first_day, '%Y-%m-%d') || '/' || strftime(last_day, '%Y-%m-%d')
    END;
COMMENT ON MACRO written_date IS 'A closed interval of days as text, no more precise than it is known: 2025-08-19, 2025-08, 2025, 2025-08-18/2025-08-20.';

CREATE MACRO when_said(first_day, last_day, width, basis, published_day) AS
    CASE WHEN basis IN ('published', 'none') AND coalesce(last_day, published_day) IS NOT NULL
         THEN '≤ ' || strftime(coalesce(last_day, published_day), '%Y-%m-%d')
         ELSE written_date(first_day, last_day, width) END;
COMMENT ON MACRO when_said IS 'When a statement was said, as text: its interval no more precise than it is known; "≤ day" where the story does not say.';

CREATE MACRO has_words(whole, words) AS
    CASE
        -- The letters alone rule out most texts, at a tenth of the cost.
        WHEN len(list_filter(string_split(lower(trim(words)), ' '), lambda word: NOT contains(lower(whole), word))) > 0 THEN false
        -- Each word of the text, and then each without the s at its end.
        ELSE list_has_all(
            string_split(
                regexp_replace(lower(whole) || ' ', '[^\pL\pM\pN]+', ' ', 'g')
                || regexp_replace(lower(whole) || ' ', 's?[^\pL\pM\pN]+', ' ', 'g'),
                ' '
            ),
            regexp_extract_all(lower(words), '[\pL\pM\pN]+')
        )
    END;
COMMENT ON MACRO has_words IS 'Does a text hold each of these words, in any order and case? Whole words, or with an s at the end: drone is in "drones" and "drone''s", aid is not in "afraid".';

CREATE MACRO actor_named(who) AS (
    SELECT
        CASE WHEN bool_or(a.actor_id = who) THEN who
             WHEN count(DISTINCT a.actor_id) = 1 THEN min(a.actor_id)
             WHEN count(DISTINCT a.actor_id) FILTER (lower(a.name) = lower(who)) = 1
             THEN min(a.actor_id) FILTER (lower(a.name) = lower(who)) END
    FROM actors AS a
    WHERE a.actor_id = who OR lower(a.name) = lower(who)
    OR list_contains(list_transform(a.aliases, lambda alias: lower(alias)), lower(who))
);
COMMENT ON MACRO actor_named IS 'The id of the actor whom an id, a name or another name means, in any case: actor_named(''Rutte''); NULL where that is nobody listed, or several.';

CREATE MACRO is_by(id, named, who) AS
    id = coalesce(actor_named(who), who) OR (id = '' AND lower(named) = lower(who));
COMMENT ON MACRO is_by IS 'Is that speaker (an actor_id, and a name where the speaker is in no list) the one whom an id or a name means? is_by(actor_id, speaker, ''Rutte'')';

CREATE VIEW story_texts AS
    SELECT story_id, version, title, text FROM stories
    UNION ALL
    SELECT story_id, version, title, text FROM story_versions;
COMMENT ON VIEW story_texts IS 'Every version of every story''s text.';
COMMENT ON COLUMN story_texts.title IS 'Headline of that version.';
COMMENT ON COLUMN story_texts.text IS 'Text of that version.';

CREATE VIEW reports AS
    SELECT
        coalesce(s.said_to, s.said_from, t.day) AS day,
        when_said(s.said_from, s.said_to, s.precision, s.date_basis, t.day) AS said_when,
        s.date_basis AS basis,
        coalesce(a.name, nullif(s.speaker_name, ''), s.speaker) AS speaker,
        s.cue,
        s.content,
        t.outlet,
        s.actor_id,
        s.speaker_kind,
        s.speaker AS named_as,
        s.cue_class,
        s.form,
        s.audience,
        s.via,
        s.topics,
        s.said_from,
        s.said_to,
        s.precision,
        s.date_text,
        s.confidence,
        t.title,
        t.url,
        t.published,
        t.day AS published_day,
        coalesce(s.outlets, [t.outlet]) AS outlets,
        coalesce(s.outlets[1], t.outlet) AS first_outlet,
        coalesce(len(s.outlets), 1) AS carried_by,
        s.statement_id,
        s.story_id,
        s.run_id,
        s.valid_from,
        s.repeat_of
    FROM statements AS s
    JOIN stories AS t USING (story_id)
    LEFT JOIN actors AS a USING (actor_id)
    WHERE s.vanished_at IS NULL;
COMMENT ON VIEW reports IS 'Every statement that stands, of every outlet: the view said, and beside each statement its repeats in copies of the story.';

CREATE VIEW said AS SELECT * EXCLUDE (repeat_of) FROM reports WHERE repeat_of IS NULL;
COMMENT ON VIEW said IS 'The main view: every statement that stands, with its day, speaker, outlet and story. Where copies of the story hold it too (same words, same speaker) it is here once, from the first of them; the others are in reports.';
COMMENT ON COLUMN said.day IS 'The last day on which it can have been said: of its date words, else the publication day.';
COMMENT ON COLUMN said.said_when IS 'When it was said, no more precise than it is known: 2025-08-19, 2025-08, 2025-08-18/2025-08-20; "≤ day" where the story does not say.';
COMMENT ON COLUMN said.basis IS 'How the day is known: explicit, context, published (said on or before the publication day) or none.';
COMMENT ON COLUMN said.speaker IS 'The actor''s name, else the fullest name in the story, else the words that name the source.';
COMMENT ON COLUMN said.named_as IS 'The words of the text that name the source beside the cue.';
COMMENT ON COLUMN said.published_day IS 'The publication day in the outlet''s own time zone.';
COMMENT ON COLUMN said.outlets IS 'The outlets that carry it: that of its story, and those of the copies that hold it too, first published first. Reports in other words: carried_by(statement_id).';
COMMENT ON COLUMN said.first_outlet IS 'The first of them.';
COMMENT ON COLUMN said.carried_by IS 'Their number.';
COMMENT ON COLUMN said.topics IS 'Topics of the content, from the relevance lexicon.';

CREATE VIEW latest AS FROM said ORDER BY day DESC NULLS LAST, published DESC NULLS LAST, statement_id;
COMMENT ON VIEW latest IS 'The view said, newest first.';

CREATE VIEW evidence AS
    SELECT
        s.statement_id,
        piece(v.text, s.spans.evidence) AS sentence,
        piece(v.text, s.spans.speaker) AS speaker_words,
        piece(v.text, s.spans.cue) AS cue_words,
        list_transform(s.spans.content, lambda span: piece(v.text, span)) AS content_words,
        piece(v.text, s.spans.date) AS date_words,
        s.spans,
        t.url,
        v.version,
        s.story_id
    FROM statements AS s
    JOIN stories AS t USING (story_id)
    JOIN story_texts AS v ON v.story_id = s.story_id AND v.version = s.story_version;
COMMENT ON VIEW evidence IS 'The sentence that holds each statement, cut from the text, with offsets and URL.';
COMMENT ON COLUMN evidence.sentence IS 'The sentence or sentences that hold speaker, cue and content.';
COMMENT ON COLUMN evidence.speaker_words IS 'The words that name the source; NULL where none do.';
COMMENT ON COLUMN evidence.cue_words IS 'The reporting words; NULL where there are none.';
COMMENT ON COLUMN evidence.content_words IS 'The parts of the content.';
COMMENT ON COLUMN evidence.date_words IS 'The words that date the saying; NULL where none do.';
COMMENT ON COLUMN evidence.version IS 'The version of the story''s text that they were cut from.';

CREATE VIEW statement_mentions AS
    SELECT
        statement_id,
        mention.text AS words,
        mention.type AS type,
        mention.value AS value,
        mention.first_day AS first_day,
        mention.last_day AS last_day,
        mention.precision AS precision,
        mention.start AS start,
        mention.stop AS stop
    FROM (SELECT statement_id, unnest(mentions) AS mention FROM statements WHERE vanished_at IS NULL);
COMMENT ON VIEW statement_mentions IS 'The dates that statements speak of (not the days on which they were said).';
COMMENT ON COLUMN statement_mentions.words IS 'The date expression.';
COMMENT ON COLUMN statement_mentions.type IS 'TIMEX3 type: DATE, TIME, DURATION or SET.';
COMMENT ON COLUMN statement_mentions.value IS 'TIMEX3 value: 2025-08-19, P3M, PAST_REF.';
COMMENT ON COLUMN statement_mentions.first_day IS 'First day of the closed interval meant; NULL for durations, sets and vague references.';
COMMENT ON COLUMN statement_mentions.last_day IS 'Last day of the closed interval meant.';
COMMENT ON COLUMN statement_mentions.start IS 'Where the expression begins in the story''s text, counted from 0.';
COMMENT ON COLUMN statement_mentions.stop IS 'Where it ends: the offset after its last character.';

CREATE VIEW daily_counts AS
    SELECT
        day,
        count(*) AS statements,
        count(DISTINCT coalesce(nullif(actor_id, ''), speaker)) AS speakers,
        len(list_distinct(flatten(list(outlets)))) AS outlets,
        count(*) FILTER (basis IN ('explicit', 'context')) AS dated
    FROM said
    GROUP BY day
    ORDER BY day DESC NULLS LAST;
COMMENT ON VIEW daily_counts IS 'Statements, speakers and outlets by the day said, newest first.';
COMMENT ON COLUMN daily_counts.day IS 'The last day on which they can have been said.';
COMMENT ON COLUMN daily_counts.statements IS 'Number of statements.';
COMMENT ON COLUMN daily_counts.speakers IS 'Number of speakers.';
COMMENT ON COLUMN daily_counts.outlets IS 'Number of outlets that reported them.';
COMMENT ON COLUMN daily_counts.dated IS 'Number of statements that their stories date.';

CREATE VIEW changed_stories AS
    SELECT
        t.changed_at,
        t.outlet,
        t.title,
        any_value(v.title ORDER BY v.version) AS first_title,
        t.version AS versions,
        (SELECT count(*) FROM statements AS s WHERE s.story_id = t.story_id AND s.vanished_at IS NOT NULL) AS vanished,
        (SELECT count(*) FROM statements AS s WHERE s.story_id = t.story_id AND s.valid_from > t.first_seen_at) AS added_or_changed,
        t.url,
        t.story_id
    FROM stories AS t
    JOIN story_versions AS v USING (story_id)
    GROUP BY ALL
    ORDER BY t.changed_at DESC;
COMMENT ON VIEW changed_stories IS 'Stories that were edited after they were first read, last changed first. Their texts are in story_texts.';
COMMENT ON COLUMN changed_stories.first_title IS 'The headline when it was first read.';
COMMENT ON COLUMN changed_stories.versions IS 'Number of versions seen.';
COMMENT ON COLUMN changed_stories.vanished IS 'Number of its statements that the newest version no longer holds.';
COMMENT ON COLUMN changed_stories.added_or_changed IS 'Number of its statements that came or changed after it was first read.';

CREATE VIEW withdrawn_stories AS
    SELECT
        t.outlet,
        t.title,
        t.day AS published_day,
        max(e.read_at) AS last_read_at,
        (SELECT count(*) FROM statements AS s WHERE s.story_id = t.story_id AND s.vanished_at IS NULL) AS statements,
        t.url,
        t.story_id
    FROM stories AS t
    JOIN entries AS e USING (story_id)
    WHERE e.read_at IS NOT NULL
    GROUP BY ALL
    HAVING bool_and(e.status = 'gone')
    ORDER BY last_read_at DESC;
COMMENT ON VIEW withdrawn_stories IS 'Stories that were read, and whose page was no longer there (404, 410) each time it was asked for again, last read first. Their statements stand: said and reports hold them.';
COMMENT ON COLUMN withdrawn_stories.published_day IS 'The publication day in the outlet''s own time zone.';
COMMENT ON COLUMN withdrawn_stories.last_read_at IS 'When the page was last read (UTC).';
COMMENT ON COLUMN withdrawn_stories.statements IS 'Number of its statements that stand.';

CREATE VIEW story_copies AS
    SELECT
        o.outlet AS first_outlet,
        o.published AS first_published,
        o.title AS first_title,
        t.outlet,
        t.published,
        t.title,
        c.relation,
        c.similarity,
        o.url AS first_url,
        t.url,
        c.copy_of,
        c.story_id
    FROM copies AS c
    JOIN stories AS o ON o.story_id = c.copy_of
    JOIN stories AS t ON t.story_id = c.story_id
    ORDER BY o.published DESC NULLS LAST, c.copy_of, t.published, c.story_id;
COMMENT ON VIEW story_copies IS 'Stories that carry the text of another outlet''s, each beside the story that was published first, last groups first.';
COMMENT ON COLUMN story_copies.first_outlet IS 'Who published the original.';
COMMENT ON COLUMN story_copies.first_published IS 'When the original was published (UTC).';
COMMENT ON COLUMN story_copies.first_title IS 'Headline of the original.';
COMMENT ON COLUMN story_copies.first_url IS 'Canonical URL of the original.';
COMMENT ON COLUMN story_copies.relation IS 'same (at least 0.8 in common), cut (the shorter one is nearly all in the longer one) or derived (rewritten in part).';
COMMENT ON COLUMN story_copies.similarity IS '0 to 1: the share of three-word sequences in common with the story of the group that it is most like, estimated.';
COMMENT ON COLUMN story_copies.copy_of IS 'The original: stories.story_id.';

CREATE VIEW feed_health AS
    SELECT
        f.title,
        f.url,
        coalesce(nullif(s.last_outcome, ''), 'never polled') AS last_outcome,
        coalesce(s.last_error, '') AS last_error,
        coalesce(s.failures, 0) AS failures,
        coalesce(s.health, []) AS health,
        s.last_polled_at,
        s.last_success_at,
        s.last_new_at,
        coalesce(s.due_at, f.added_at) AS due_at,
        coalesce(s.due_reason, 'new feed') AS due_reason,
        coalesce(p.polls, 0) AS polls_week,
        coalesce(p.failed, 0) AS failed_week,
        coalesce(p.brought, 0) AS entries_week,
        coalesce(r.pages, 0) AS pages_week,
        coalesce(r.unread, 0) AS unread_week,
        coalesce(r.last_failure, '') AS page_error
    FROM feeds AS f
    LEFT JOIN feed_states AS s USING (url)
    LEFT JOIN (
        SELECT
            feed_url AS url,
            count(*) AS polls,
            count(*) FILTER (
                outcome NOT IN ('new', 'nothing_new', 'unchanged', 'not_modified', 'held', 'own_network')
            ) AS failed,
            sum(entries_new)::BIGINT AS brought
        FROM polls
        WHERE started_at > (SELECT max(started_at) FROM polls) - INTERVAL 7 DAYS
        GROUP BY feed_url
    ) AS p USING (url)
    LEFT JOIN (
        SELECT
            feed_url AS url,
            count(*) AS pages,
            count(*) FILTER (unread) AS unread,
            arg_max(error, tried_at) FILTER (unread) AS last_failure
        FROM (
            SELECT
                feed_url,
                max(started_at) AS tried_at,
                arg_max(CASE outcome
                    WHEN 'consent' THEN concat(url, ': a wall that asks for consent stands before the story')
                    WHEN 'index' THEN concat(url, ': a list of stories stands in the place of the story')
                    ELSE error
                END, started_at) AS error,
                arg_max(outcome, started_at) NOT IN ('read', 'feed_text', 'teaser', 'live') AS unread
            FROM fetches
            WHERE outcome <> 'held' AND started_at > (SELECT max(started_at) FROM fetches) - INTERVAL 7 DAYS
            GROUP BY feed_url, url
        )
        GROUP BY feed_url
    ) AS r USING (url)
    WHERE f.removed_at IS NULL
    ORDER BY failures DESC, f.title;
COMMENT ON VIEW feed_health IS 'What each subscription last answered, and its last week, those that fail first.';
COMMENT ON COLUMN feed_health.title IS 'Name of the feed.';
COMMENT ON COLUMN feed_health.url IS 'The subscribed URL.';
COMMENT ON COLUMN feed_health.polls_week IS 'Polls in the week before the newest poll.';
COMMENT ON COLUMN feed_health.failed_week IS 'Those that failed. One that was held at the site''s wish, or met an outage of our own network, did not.';
COMMENT ON COLUMN feed_health.entries_week IS 'New entries that they brought.';
COMMENT ON COLUMN feed_health.pages_week IS 'Pages of its entries that were asked for in the week before the newest page.';
COMMENT ON COLUMN feed_health.unread_week IS 'Those that could not be read when they were last tried, walls that ask for consent and lists of stories among them.';
COMMENT ON COLUMN feed_health.page_error IS 'What the last of them answered; empty where all were read.';

CREATE MACRO timeline(who) AS TABLE
    FROM said WHERE is_by(actor_id, speaker, who) ORDER BY day NULLS FIRST, published, statement_id;
COMMENT ON MACRO TABLE timeline IS 'All that an actor has said, oldest first, by id (see actors) or name: FROM timeline(''mark-rutte'').';

CREATE MACRO said_by(name) AS TABLE
    FROM said
    WHERE contains(lower(speaker), lower(name)) OR contains(lower(named_as), lower(name))
    ORDER BY day DESC NULLS LAST, published DESC NULLS LAST, statement_id;
COMMENT ON MACRO TABLE said_by IS 'What speakers whose name holds these letters have said, newest first: FROM said_by(''rutte'').';

CREATE MACRO said_between(first_day, last_day) AS TABLE
    FROM said
    WHERE day <= last_day AND coalesce(said_from, day) >= first_day
    ORDER BY day, published, statement_id;
COMMENT ON MACRO TABLE said_between IS 'What was said in a closed interval of days, oldest first: FROM said_between(DATE ''2025-08-18'', DATE ''2025-08-20''). Undated statements count by their publication day.';

CREATE MACRO about(topic) AS TABLE
    FROM said WHERE list_contains(topics, topic) ORDER BY day DESC NULLS LAST, published DESC NULLS LAST, statement_id;
COMMENT ON MACRO TABLE about IS 'Statements on a topic, newest first: FROM about(''aid''). The topics: SELECT DISTINCT unnest(topics) FROM statements.';

CREATE MACRO search(words) AS TABLE
    FROM said WHERE has_words(content, words) ORDER BY day DESC NULLS LAST, published DESC NULLS LAST, statement_id;
COMMENT ON MACRO TABLE search IS 'Statements whose content holds each of these words (see has_words), newest first: FROM search(''security guarantees'').';

CREATE MACRO on_record(who, words) AS TABLE
    FROM said
    WHERE is_by(actor_id, speaker, who) AND has_words(content, words)
    ORDER BY day NULLS FIRST, published, statement_id;
COMMENT ON MACRO TABLE on_record IS 'What an actor, by id or name, has said with these words (see has_words), oldest first: FROM on_record(''mark-rutte'', ''guarantees'').';

CREATE MACRO carried_by(statement) AS TABLE
    SELECT s.outlet, s.published, s.said_when, s.speaker, s.content, u.similarity, s.url, s.statement_id
    FROM utterances AS u
    JOIN reports AS s USING (statement_id)
    WHERE u.utterance_id IN (SELECT o.utterance_id FROM utterances AS o WHERE o.statement_id = statement::UUID)
    ORDER BY s.published, s.outlet;
COMMENT ON MACRO TABLE carried_by IS 'The reports of the utterance that a statement reports, in every outlet that carried it, first report first.';

CREATE MACRO silence(who) AS TABLE
    SELECT
        coalesce(a.name, who) AS actor,
        last_heard,
        date_diff('day', last_heard, (SELECT max(published_day) FROM said)) AS days_silent,
        last_words,
        statements
    FROM (
        SELECT max(day) AS last_heard, arg_max(content, (day, published)) AS last_words, count(*) AS statements
        FROM said
        WHERE is_by(actor_id, speaker, who)
    )
    LEFT JOIN actors AS a ON a.actor_id = actor_named(who);
COMMENT ON MACRO TABLE silence IS 'When an actor, by id or name, was last heard, and how many days before the newest story that was: FROM silence(''mark-rutte'').';

CREATE VIEW editions AS
    SELECT
        * EXCLUDE (vanished_at, repeat_of, outlets),
        vanished_at AS valid_to,
        CASE WHEN vanished_at IS NULL THEN '' ELSE 'vanished' END AS ended
    FROM statements
    UNION ALL BY NAME
    FROM statement_history;
COMMENT ON VIEW editions IS 'Every statement in every state in which the warehouse gave it: those of statements, and the earlier ones of statement_history.';
COMMENT ON COLUMN editions.valid_to IS 'Until when the warehouse said so (UTC); NULL while it does.';
COMMENT ON COLUMN editions.ended IS 'How it ended: changed, or vanished; empty while it stands.';

CREATE MACRO as_of(moment) AS TABLE
    SELECT * EXCLUDE (valid_to, ended) FROM editions
    WHERE valid_from <= moment AND (valid_to IS NULL OR valid_to > moment);
COMMENT ON MACRO TABLE as_of IS 'The statements as the warehouse gave them at an instant: FROM as_of(TIMESTAMPTZ ''2026-11-01''). In the columns of statements.';

CREATE VIEW changed_statements AS
    SELECT
        old.valid_to AS changed_at,
        old.ended AS change,
        CASE WHEN old.ended = 'vanished' THEN [] ELSE list_filter([
            CASE WHEN (old.speaker_name, old.speaker, old.actor_id) <> (new.speaker_name, new.speaker, new.actor_id) THEN 'speaker' END,
            CASE WHEN (old.cue, old.cue_class) <> (new.cue, new.cue_class) THEN 'cue' END,
            CASE WHEN old.form <> new.form THEN 'form' END,
            CASE WHEN old.audience <> new.audience THEN 'audience' END,
            CASE WHEN old.via <> new.via THEN 'via' END,
            CASE WHEN when_said(old.said_from, old.said_to, old.precision, old.date_basis, t.day)
                   <> when_said(new.said_from, new.said_to, new.precision, new.date_basis, t.day) THEN 'day' END,
            CASE WHEN old.date_basis <> new.date_basis THEN 'basis' END,
            CASE WHEN old.topics <> new.topics THEN 'topics' END,
            CASE WHEN old.confidence <> new.confidence THEN 'confidence' END
        ], lambda part: part IS NOT NULL) END AS what,
        CASE
            WHEN coalesce(new.story_version, t.version) <> old.story_version THEN 'story edited'
            WHEN coalesce(new.extractor_version, t.extractor_version) <> old.extractor_version THEN 'newer extractors'
            ELSE 'settings, lists or date'
        END AS cause,
        coalesce(a.name, nullif(old.speaker_name, ''), old.speaker) AS speaker_before,
        CASE WHEN old.ended = 'changed' THEN coalesce(b.name, nullif(new.speaker_name, ''), new.speaker) END AS speaker,
        when_said(old.said_from, old.said_to, old.precision, old.date_basis, t.day) AS said_when_before,
        CASE WHEN old.ended = 'changed' THEN
            when_said(new.said_from, new.said_to, new.precision, new.date_basis, t.day) END AS said_when,
        old.content,
        t.outlet,
        t.url,
        old.statement_id,
        old.story_id
    FROM (FROM editions WHERE valid_to IS NOT NULL) AS old
    ASOF LEFT JOIN (
        FROM editions WHERE statement_id IN (SELECT h.statement_id FROM statement_history AS h)
    ) AS new ON new.statement_id = old.statement_id AND new.valid_from >= old.valid_to
    JOIN stories AS t ON t.story_id = old.story_id
    LEFT JOIN actors AS a ON a.actor_id = old.actor_id
    LEFT JOIN actors AS b ON b.actor_id = new.actor_id
    WHERE old.ended = 'vanished' OR len(what) > 0
    ORDER BY changed_at DESC, statement_id;
COMMENT ON VIEW changed_statements IS 'What the warehouse says otherwise than before, last changes first: statements whose parts changed, and those that vanished, because their story was edited or the extractors became better. Those that only moved within the text are not here.';
COMMENT ON COLUMN changed_statements.changed_at IS 'When it changed (UTC).';
COMMENT ON COLUMN changed_statements.change IS 'changed or vanished.';
COMMENT ON COLUMN changed_statements.what IS 'Which parts changed: speaker, cue, form, audience, via, day, basis, topics, confidence.';
COMMENT ON COLUMN changed_statements.cause IS 'Why: story edited, newer extractors, or settings, lists (of actors and terms) or the date of the page.';
COMMENT ON COLUMN changed_statements.speaker_before IS 'The speaker before.';
COMMENT ON COLUMN changed_statements.speaker IS 'The speaker after; NULL where it vanished.';
COMMENT ON COLUMN changed_statements.said_when_before IS 'When it was said, by what the warehouse gave before.';
COMMENT ON COLUMN changed_statements.said_when IS 'When it was said, by what it gives since; NULL where it vanished.';

CREATE VIEW dictionary AS
    SELECT 'table' AS kind, table_name AS name, NULL AS column_name, NULL AS type, comment AS holds
    FROM duckdb_tables() WHERE NOT internal AND NOT temporary
    UNION ALL
    SELECT 'view', view_name, NULL, NULL, comment FROM duckdb_views() WHERE NOT internal AND NOT temporary
    UNION ALL
    SELECT
        'macro', function_name || '(' || array_to_string(parameters, ', ') || ')', NULL,
        CASE function_type WHEN 'table_macro' THEN 'table' ELSE 'value' END, comment
    FROM duckdb_functions() WHERE NOT internal AND function_type IN ('macro', 'table_macro')
    UNION ALL
    SELECT 'column', table_name, column_name, data_type, comment FROM duckdb_columns() WHERE NOT internal;
COMMENT ON VIEW dictionary IS 'What every table, view, macro and column holds.';
COMMENT ON COLUMN dictionary.kind IS 'table, view, macro or column.';
COMMENT ON COLUMN dictionary.name IS 'Name of the table, view or macro, with its parameters.';
COMMENT ON COLUMN dictionary.column_name IS 'Name of the column.';
COMMENT ON COLUMN dictionary.type IS 'Type of the column; of a macro: table or value.';
COMMENT ON COLUMN dictionary.holds IS 'What it holds.';
