/**
 * What the removal of old runs, layers and artifact versions lives on.
 *
 * A run that is *forgotten* keeps its row only as long as a younger run uses what one of its attempts
 * has made; nobody is shown it. `doomed` are trees that no record names any more and that are still to be removed
 * from the disk: names go first, in one transaction, then files. Sizes are what a tree takes on the disk, once somebody
 * has measured it.
 *
 * A receipt outlives its attempt as long as an artifact's provenance names it, so it refers to it no more.
 */
export const garbage = `
ALTER TABLE runs ADD COLUMN kept_at INTEGER;
ALTER TABLE runs ADD COLUMN forgotten_at INTEGER;
ALTER TABLE artifact_versions ADD COLUMN kept_at INTEGER;
ALTER TABLE layers ADD COLUMN size_bytes INTEGER;
ALTER TABLE attempts ADD COLUMN size_bytes INTEGER;

CREATE TABLE doomed (
  path TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE TABLE lasting_receipts (
  attempt TEXT PRIMARY KEY,
  receipt TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO lasting_receipts SELECT attempt, receipt FROM receipts;
DROP TABLE receipts;
ALTER TABLE lasting_receipts RENAME TO receipts;
`;
