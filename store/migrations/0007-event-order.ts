/**
 * One order of the events of all runs: the order in which they were committed, as SQLite lets one process write at a time.
 *
 * `stream_marks` are places in it where no event is: where a run was forgotten, with the place of the last event that it
 * had; and, without a run, where the places jump because the boot is another. A mark stays, so that no place is given twice
 * and whoever comes back to the order hears what is gone.
 *
 * `eventStream` tells this order from that of another store. What an older version has recorded is ordered by its time.
 */
export const eventOrder = `
ALTER TABLE events ADD COLUMN position INTEGER;
UPDATE events SET position = ordered.position
  FROM (SELECT run, seq, row_number() OVER (ORDER BY at, run, seq) AS position FROM events) AS ordered
  WHERE events.run = ordered.run AND events.seq = ordered.seq;
CREATE UNIQUE INDEX events_by_position ON events (position);

CREATE TABLE stream_marks (
  position INTEGER PRIMARY KEY,
  run TEXT,
  newest INTEGER
) STRICT;

INSERT INTO meta (key, value) VALUES ('eventStream', '"' || lower(hex(randomblob(6))) || '"');
`;
