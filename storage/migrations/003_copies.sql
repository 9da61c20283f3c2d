-- Which stories are copies of others, and which statements several of them hold.

CREATE TABLE signatures (
    story_id     UUID NOT NULL,
    published_at TIMESTAMPTZ NOT NULL,
    text_digest  UBIGINT NOT NULL,
    scheme       VARCHAR NOT NULL,
    signature    BLOB NOT NULL,
    bands        UBIGINT[] NOT NULL
);

CREATE TABLE copies (
    story_id   UUID NOT NULL,
    copy_of    UUID NOT NULL,
    relation   VARCHAR NOT NULL,
    similarity DOUBLE NOT NULL,
    linked_at  TIMESTAMPTZ NOT NULL
);

-- Here and not in a table of their own, so that the view said stays as fast as it was.
ALTER TABLE statements ADD COLUMN repeat_of UUID;
ALTER TABLE statements ADD COLUMN outlets VARCHAR[];
