/**
 * What recovery after a crash and after a power cut lives on.
 *
 * `durable` says whether a flush of the disk came after the row and its files:
 * after a boot with another id, what is not durable counts as never done. What an
 * older version has recorded is taken for durable: it knew no better.
 *
 * `machine_attempt` is the number by which the project's machine asked for an
 * attempt, and asks again when it is restored from an older save; `step_key` is
 * the hash of `key_inputs`, everything that the attempt's result depends on.
 */
export const recovery = `
ALTER TABLE runs ADD COLUMN source TEXT;
ALTER TABLE runs ADD COLUMN continues TEXT;
CREATE INDEX runs_by_source ON runs (source, created_at);
ALTER TABLE runs ADD COLUMN cancel_requested TEXT;

ALTER TABLE attempts ADD COLUMN machine_attempt INTEGER NOT NULL DEFAULT 1;
ALTER TABLE attempts ADD COLUMN step_key TEXT;
ALTER TABLE attempts ADD COLUMN key_inputs TEXT;
ALTER TABLE attempts ADD COLUMN reused_from TEXT;
ALTER TABLE attempts ADD COLUMN durable INTEGER NOT NULL DEFAULT 1;
UPDATE attempts SET machine_attempt = coalesce(json_extract(result, '$.machineAttempt'), number);
CREATE INDEX attempts_running ON attempts (run) WHERE ended_at IS NULL;
CREATE INDEX attempts_not_durable ON attempts (boot_id) WHERE durable = 0;
CREATE INDEX attempts_by_layer ON attempts (layer);
CREATE INDEX attempts_by_key ON attempts (step_key);

ALTER TABLE artifact_versions ADD COLUMN boot_id TEXT NOT NULL DEFAULT '';
ALTER TABLE artifact_versions ADD COLUMN durable INTEGER NOT NULL DEFAULT 1;
CREATE INDEX artifact_versions_not_durable ON artifact_versions (boot_id) WHERE durable = 0;
`;
