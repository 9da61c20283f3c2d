CREATE TABLE alerts (
    watch        VARCHAR NOT NULL,
    target       INTEGER NOT NULL,
    statement_id UUID NOT NULL,
    matched_at   TIMESTAMPTZ NOT NULL,
    sent_at      TIMESTAMPTZ
);

-- What older runs brought was there before any watch, and is no news.
INSERT INTO batches
SELECT run_id || '/alerts', run_id, 'alerts', max(committed_at), MAP {}::MAP(VARCHAR, BIGINT)
FROM batches WHERE kind = 'readings' GROUP BY run_id;
