/**
 * Times by the clock of a program that has one of its own. Those that there were are the host's, which deadlines, the
 * order of things and how long they took go by. Null: it is told as the host has it.
 */
export const toldTimes = `
ALTER TABLE runs ADD COLUMN told_created_at INTEGER;
ALTER TABLE runs ADD COLUMN told_ended_at INTEGER;
ALTER TABLE attempts ADD COLUMN told_started_at INTEGER;
ALTER TABLE attempts ADD COLUMN told_ended_at INTEGER;
ALTER TABLE taken_over ADD COLUMN told_at INTEGER;
`;
