-- What a page asks of robots and which story came of it, so that the story can be taken from the kept body anew;
-- and the phases of a poll.

ALTER TABLE fetches ADD COLUMN story_id UUID;
ALTER TABLE fetches ADD COLUMN content_type VARCHAR;
ALTER TABLE fetches ADD COLUMN noindex BOOLEAN;
ALTER TABLE fetches ADD COLUMN noai BOOLEAN;

ALTER TABLE polls ADD COLUMN wait_ms INTEGER;
ALTER TABLE polls ADD COLUMN first_byte_ms INTEGER;
