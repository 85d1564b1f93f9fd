/**
 * What was in force around each attempt, and how an artifact came about.
 *
 * Both are kept as the text that was hashed: what is compared later is bytes, not
 * what some version of JSON makes of them. Apart from the attempts, as SQLite
 * writes a changed row whole. What an older version has made has neither.
 */
export const receipts = `
CREATE TABLE receipts (
  attempt TEXT PRIMARY KEY REFERENCES attempts,
  receipt TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE provenance (
  name TEXT NOT NULL,
  version INTEGER NOT NULL,
  statement TEXT NOT NULL,
  digest TEXT NOT NULL,
  PRIMARY KEY (name, version),
  FOREIGN KEY (name, version) REFERENCES artifact_versions
) STRICT, WITHOUT ROWID;
`;
