-- Macros that the writer's own queries use. Made anew together with the views.

-- A day alone counts to its end, so that no story goes before one of which more is known; but not beyond the first
-- reading, by which it was out. In UTC: one zone that the database does not know would stop every run.
CREATE MACRO published_by(published, day, first_seen_at) AS
    coalesce(published, least(to_timestamp(epoch(day + TIME '23:59:59')), first_seen_at));
COMMENT ON MACRO published_by IS 'The instant by which a story was published: its publication, else the end of its day (in UTC; the first reading where that is earlier), else the first reading. Copies and reports are ordered by it.';
