/** What a run takes over from others in one go, as one text, until its attempts are rows: see `records/taken-over.ts`. */
export const takenOver = `
CREATE TABLE taken_over (
  run TEXT PRIMARY KEY REFERENCES runs,
  boot_id TEXT NOT NULL,
  at INTEGER NOT NULL,
  steps TEXT NOT NULL
) STRICT;
`;
