/**
 * The first schema. Times are milliseconds since 1970; JSON is opaque to the store.
 *
 * What is written at every step (events, attempts, the save of a project) is
 * kept away from what is large and written once (the text of a spec): SQLite
 * writes a changed row whole.
 *
 *     runs ─┬─< projects ──< attempts ──< layers
 *           ├─< events
 *           └─< artifact_uses >── artifact_versions
 */
export const records = `
CREATE TABLE meta (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE runs (
  id TEXT PRIMARY KEY,
  created_at INTEGER NOT NULL,
  spec_name TEXT NOT NULL,
  spec_digest TEXT NOT NULL,
  owner TEXT,
  ended_at INTEGER,
  result TEXT CHECK (result IN ('built', 'failed', 'cancelled')),
  options TEXT NOT NULL,
  spec TEXT NOT NULL,
  spec_text TEXT NOT NULL,
  CHECK ((ended_at IS NULL) = (result IS NULL))
) STRICT;
CREATE INDEX runs_by_age ON runs (created_at);

CREATE TABLE projects (
  run TEXT NOT NULL REFERENCES runs,
  name TEXT NOT NULL,
  position INTEGER NOT NULL,
  state TEXT NOT NULL,
  save TEXT,
  save_digest TEXT,
  PRIMARY KEY (run, name),
  CHECK ((save IS NULL) = (save_digest IS NULL))
) STRICT;

CREATE TABLE attempts (
  id TEXT PRIMARY KEY,
  run TEXT NOT NULL,
  project TEXT NOT NULL,
  step TEXT NOT NULL,
  number INTEGER NOT NULL CHECK (number >= 1),
  keeper TEXT NOT NULL,
  boot_id TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  deadline_at INTEGER,
  ended_at INTEGER,
  outcome_type TEXT,
  outcome TEXT,
  layer TEXT REFERENCES layers DEFERRABLE INITIALLY DEFERRED,
  result TEXT,
  UNIQUE (run, project, step, number),
  FOREIGN KEY (run, project) REFERENCES projects,
  CHECK ((ended_at IS NULL) = (outcome IS NULL)),
  CHECK ((ended_at IS NULL) = (outcome_type IS NULL))
) STRICT;

CREATE TABLE layers (
  id TEXT PRIMARY KEY,
  attempt TEXT NOT NULL REFERENCES attempts,
  sealed_at INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('workspace', 'systree')),
  container TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX layers_by_attempt ON layers (attempt);

CREATE TABLE events (
  run TEXT NOT NULL REFERENCES runs,
  seq INTEGER NOT NULL CHECK (seq >= 1),
  at INTEGER NOT NULL,
  event TEXT NOT NULL,
  PRIMARY KEY (run, seq)
) STRICT, WITHOUT ROWID;

-- A removed version keeps its row, so that its number is never given to another tree.
-- What made it (an import has nothing) is history, not a reference: runs may be forgotten before it.
CREATE TABLE artifact_versions (
  name TEXT NOT NULL,
  version INTEGER NOT NULL CHECK (version >= 1),
  digest TEXT NOT NULL,
  entries INTEGER NOT NULL,
  files INTEGER NOT NULL,
  size_bytes INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  made_by TEXT,
  packages TEXT,
  removed_at INTEGER,
  PRIMARY KEY (name, version)
) STRICT;

CREATE TABLE artifact_uses (
  run TEXT NOT NULL REFERENCES runs,
  name TEXT NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (run, name, version),
  FOREIGN KEY (name, version) REFERENCES artifact_versions
) STRICT, WITHOUT ROWID;
CREATE INDEX artifact_uses_by_artifact ON artifact_uses (name, version);
`;
