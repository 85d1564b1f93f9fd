/**
 * What it takes to find a result again in any run of the store, and to ask the outside world less.
 *
 * A result is looked for among those of the same project first, then among all that are older than the
 * run. `outside_answers` has what the outside world said last; `file_hashes` has the hashes of host
 * files by how they looked (size, times, inode), as git's index does.
 */
export const reuse = `
CREATE INDEX attempts_by_project_key ON attempts (project, step_key);
CREATE INDEX attempts_by_step ON attempts (project, step);
CREATE INDEX attempts_by_key_and_time ON attempts (step_key, started_at) WHERE outcome_type = 'succeeded';

CREATE TABLE outside_answers (
  question TEXT PRIMARY KEY,
  answer TEXT NOT NULL,
  asked_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE file_hashes (
  path TEXT PRIMARY KEY,
  look TEXT NOT NULL,
  hash TEXT NOT NULL
) STRICT, WITHOUT ROWID;
`;
