-- The first schema. Comments on tables and columns are in ../comments.sql, views and macros in ../views.sql.
-- Long texts are compressed with zstd, which makes the file a third smaller.
-- No keys and no indexes: the append keeps rows unique, storage/doctor.py and the tests check it.

CREATE TABLE feeds (
    url        VARCHAR NOT NULL,
    title      VARCHAR NOT NULL,
    site       VARCHAR NOT NULL,
    country    VARCHAR NOT NULL,
    kind       VARCHAR NOT NULL,
    language   VARCHAR NOT NULL,
    time_zone  VARCHAR NOT NULL,
    category   VARCHAR NOT NULL,
    added_at   TIMESTAMPTZ NOT NULL,
    removed_at TIMESTAMPTZ
);

CREATE TABLE feed_states (
    url              VARCHAR NOT NULL,
    due_at           TIMESTAMPTZ NOT NULL,
    due_reason       VARCHAR NOT NULL,
    interval_seconds DOUBLE NOT NULL,
    etag             VARCHAR,
    last_modified    VARCHAR,
    body_sha256      VARCHAR NOT NULL,
    error_weight     DOUBLE NOT NULL,
    failures         INTEGER NOT NULL,
    last_polled_at   TIMESTAMPTZ,
    last_success_at  TIMESTAMPTZ,
    last_new_at      TIMESTAMPTZ,
    last_outcome     VARCHAR NOT NULL,
    last_error       VARCHAR NOT NULL,
    health           VARCHAR[] NOT NULL,
    memory           JSON NOT NULL
);

CREATE TABLE polls (
    feed_url          VARCHAR NOT NULL,
    started_at        TIMESTAMPTZ NOT NULL,
    outcome           VARCHAR NOT NULL,
    status            INTEGER,
    error             VARCHAR NOT NULL,
    final_url         VARCHAR NOT NULL,
    hops              INTEGER NOT NULL,
    elapsed_ms        INTEGER NOT NULL,
    parse_ms          INTEGER NOT NULL,
    bytes_wire        BIGINT NOT NULL,
    bytes_decoded     BIGINT NOT NULL,
    etag_sent         VARCHAR NOT NULL,
    etag_received     VARCHAR NOT NULL,
    modified_sent     VARCHAR NOT NULL,
    modified_received VARCHAR NOT NULL,
    entries_seen      INTEGER NOT NULL,
    entries_new       INTEGER NOT NULL,
    entries_changed   INTEGER NOT NULL,
    entries_rejected  INTEGER NOT NULL,
    bozo              VARCHAR NOT NULL,
    next_due_at       TIMESTAMPTZ,
    next_reason       VARCHAR NOT NULL,
    run_id            VARCHAR NOT NULL,
    batch_id          VARCHAR NOT NULL
);

CREATE TABLE entries (
    entry_id         UUID NOT NULL,
    url_id           UUID NOT NULL,
    feed_url         VARCHAR NOT NULL,
    key              VARCHAR NOT NULL,
    url              VARCHAR NOT NULL,
    raw_url          VARCHAR NOT NULL,
    guid             VARCHAR NOT NULL,
    title            VARCHAR NOT NULL,
    summary          VARCHAR NOT NULL USING COMPRESSION zstd,
    content          VARCHAR NOT NULL USING COMPRESSION zstd,
    author           VARCHAR NOT NULL,
    language         VARCHAR NOT NULL,
    published        TIMESTAMPTZ,
    published_offset INTEGER,
    published_raw    VARCHAR NOT NULL,
    updated          TIMESTAMPTZ,
    updated_offset   INTEGER,
    date_source      VARCHAR NOT NULL,
    date_quality     VARCHAR NOT NULL,
    content_hash     VARCHAR NOT NULL,
    relevance        DOUBLE NOT NULL,
    status           VARCHAR NOT NULL,
    read_due_at      TIMESTAMPTZ,
    attempts         INTEGER NOT NULL,
    read_at          TIMESTAMPTZ,
    story_id         UUID,
    first_seen_at    TIMESTAMPTZ NOT NULL,
    changed_at       TIMESTAMPTZ,
    run_id           VARCHAR NOT NULL
);

CREATE TABLE fetches (
    url           VARCHAR NOT NULL,
    started_at    TIMESTAMPTZ NOT NULL,
    outcome       VARCHAR NOT NULL,
    status        INTEGER,
    error         VARCHAR NOT NULL,
    final_url     VARCHAR NOT NULL,
    elapsed_ms    INTEGER NOT NULL,
    bytes_wire    BIGINT NOT NULL,
    bytes_decoded BIGINT NOT NULL,
    body_sha256   VARCHAR NOT NULL,
    feed_url      VARCHAR NOT NULL,
    run_id        VARCHAR NOT NULL,
    batch_id      VARCHAR NOT NULL
);

CREATE TABLE stories (
    story_id          UUID NOT NULL,
    version           INTEGER NOT NULL,
    url               VARCHAR NOT NULL,
    title             VARCHAR NOT NULL,
    text              VARCHAR NOT NULL USING COMPRESSION zstd,
    outlet            VARCHAR NOT NULL,
    published         TIMESTAMPTZ,
    published_offset  INTEGER,
    day               DATE,
    time_zone         VARCHAR NOT NULL,
    language          VARCHAR NOT NULL,
    kind              VARCHAR NOT NULL,
    summary           VARCHAR NOT NULL,
    author            VARCHAR NOT NULL,
    date_source       VARCHAR NOT NULL,
    relevant          BOOLEAN NOT NULL,
    relevance         DOUBLE NOT NULL,
    topics            VARCHAR[] NOT NULL,
    reasons           STRUCT(term VARCHAR, place VARCHAR, weight DOUBLE)[] NOT NULL,
    skipped           VARCHAR NOT NULL,
    first_seen_at     TIMESTAMPTZ NOT NULL,
    changed_at        TIMESTAMPTZ,
    extractor_version VARCHAR NOT NULL,
    run_id            VARCHAR NOT NULL,
    digest            UBIGINT NOT NULL,
    text_digest       UBIGINT NOT NULL
);

CREATE TABLE story_versions (
    story_id  UUID NOT NULL,
    version   INTEGER NOT NULL,
    title     VARCHAR NOT NULL,
    text      VARCHAR NOT NULL USING COMPRESSION zstd,
    seen_from TIMESTAMPTZ NOT NULL,
    seen_to   TIMESTAMPTZ NOT NULL
);

CREATE TABLE statements (
    statement_id      UUID NOT NULL,
    story_id          UUID NOT NULL,
    story_version     INTEGER NOT NULL,
    speaker           VARCHAR NOT NULL,
    speaker_name      VARCHAR NOT NULL,
    speaker_kind      VARCHAR NOT NULL,
    actor_id          VARCHAR NOT NULL,
    cue               VARCHAR NOT NULL,
    cue_class         VARCHAR NOT NULL,
    content           VARCHAR NOT NULL USING COMPRESSION zstd,
    form              VARCHAR NOT NULL,
    audience          VARCHAR NOT NULL,
    via               VARCHAR NOT NULL,
    said_from         DATE,
    said_to           DATE,
    precision         VARCHAR,
    date_basis        VARCHAR NOT NULL,
    date_text         VARCHAR NOT NULL,
    spans             STRUCT(
                          content STRUCT(start INTEGER, stop INTEGER)[],
                          evidence STRUCT(start INTEGER, stop INTEGER),
                          speaker STRUCT(start INTEGER, stop INTEGER),
                          cue STRUCT(start INTEGER, stop INTEGER),
                          date STRUCT(start INTEGER, stop INTEGER),
                          audience STRUCT(start INTEGER, stop INTEGER),
                          via STRUCT(start INTEGER, stop INTEGER)
                      ) NOT NULL,
    topics            VARCHAR[] NOT NULL,
    mentions          STRUCT(
                          start INTEGER, stop INTEGER, text VARCHAR, type VARCHAR, value VARCHAR,
                          first_day DATE, last_day DATE, precision VARCHAR
                      )[] NOT NULL,
    confidence        DOUBLE NOT NULL,
    rule              VARCHAR NOT NULL,
    extractor_version VARCHAR NOT NULL,
    run_id            VARCHAR NOT NULL,
    valid_from        TIMESTAMPTZ NOT NULL,
    vanished_at       TIMESTAMPTZ,
    digest            UBIGINT NOT NULL
);

CREATE TABLE statement_history AS
    SELECT * EXCLUDE (vanished_at), valid_from AS valid_to, '' AS ended FROM statements LIMIT 0;

CREATE TABLE actors (
    actor_id   VARCHAR NOT NULL,
    name       VARCHAR NOT NULL,
    kind       VARCHAR NOT NULL,
    country    VARCHAR NOT NULL,
    body       VARCHAR NOT NULL,
    wikidata   VARCHAR NOT NULL,
    aliases    VARCHAR[] NOT NULL,
    adjectives VARCHAR[] NOT NULL,
    gender     VARCHAR NOT NULL,
    checked    VARCHAR NOT NULL,
    source     VARCHAR NOT NULL
);

CREATE TABLE offices (
    actor_id  VARCHAR NOT NULL,
    office    VARCHAR NOT NULL,
    body      VARCHAR NOT NULL,
    country   VARCHAR NOT NULL,
    first_day DATE,
    last_day  DATE,
    aliases   VARCHAR[] NOT NULL
);

CREATE TABLE utterances (
    utterance_id UUID NOT NULL,
    statement_id UUID NOT NULL,
    similarity   DOUBLE NOT NULL,
    linked_at    TIMESTAMPTZ NOT NULL
);

CREATE TABLE runs (
    run_id      VARCHAR NOT NULL,
    kind        VARCHAR NOT NULL,
    started_at  TIMESTAMPTZ NOT NULL,
    finished_at TIMESTAMPTZ,
    outcome     VARCHAR NOT NULL,
    counts      MAP(VARCHAR, BIGINT) NOT NULL
);

CREATE TABLE batches (
    batch_id     VARCHAR NOT NULL,
    run_id       VARCHAR NOT NULL,
    kind         VARCHAR NOT NULL,
    committed_at TIMESTAMPTZ NOT NULL,
    counts       MAP(VARCHAR, BIGINT) NOT NULL
);
