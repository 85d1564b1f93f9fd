import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, openSync, readFileSync, writeSync } from 'node:fs';
import type { Dice } from './dice.ts';

/** Of the log: its head, and the head of each page in it. See https://www.sqlite.org/fileformat2.html#the_write_ahead_log. */
const HEAD_BYTES = 32;
const FRAME_HEAD_BYTES = 24;

/** The pages that the log of a database would carry into it: those of its whole transactions. */
export function pagesOfLog(log: Buffer): { readonly pageBytes: number; readonly pages: ReadonlySet<number> } {
  const pages = new Set<number>();
  if (log.length < HEAD_BYTES) return { pageBytes: 0, pages };
  const pageBytes = log.readUInt32BE(8);
  const salts = log.subarray(16, 24);
  let ofTransaction: number[] = [];
  for (let at = HEAD_BYTES; at + FRAME_HEAD_BYTES + pageBytes <= log.length; at += FRAME_HEAD_BYTES + pageBytes) {
    // From here on it is what an earlier round has left.
    if (!log.subarray(at + 8, at + 16).equals(salts)) break;
    ofTransaction.push(log.readUInt32BE(at));
    const isCommit = log.readUInt32BE(at + 4) !== 0;
    if (!isCommit) continue;
    for (const page of ofTransaction) pages.add(page);
    ofTransaction = [];
  }
  return { pageBytes, pages };
}

/**
 * The power goes while SQLite carries the log into the database: the log is on the disk, whole, and of the pages that are
 * written some are there, some not, and some in part. It has to write them again. Gives how many were torn.
 */
export function tearCheckpoint(database: string, dice: Dice): number {
  if (!existsSync(`${database}-wal`)) return 0;
  const log = readFileSync(`${database}-wal`);
  const { pageBytes, pages } = pagesOfLog(log);
  const torn = [...pages].filter(() => dice.happens(50));
  const file = openSync(database, 'r+');
  try {
    for (const page of torn) {
      const from = dice.between(0, pageBytes - 1);
      const length = dice.between(1, pageBytes - from);
      const bytes = dice.happens(50) ? Buffer.alloc(length) : randomBytes(length);
      writeSync(file, bytes, 0, length, (page - 1) * pageBytes + from);
    }
  } finally {
    closeSync(file);
  }
  return torn.length;
}
