import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ContractorError } from '../../errors.ts';
import { openDatabase, useWriteAheadLog } from '../../store/database.ts';
import { dice } from './dice.ts';
import { pagesOfLog, tearCheckpoint } from './tear-database.ts';

let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'contractor-tear-'))));
afterEach(() => rmSync(directory, { recursive: true }));

/** The files of a database of 200 rows that was killed before its log went into it. */
function makeKilled(): string {
  const living = openDatabase(join(directory, 'living.db'));
  useWriteAheadLog(living);
  living.exec('CREATE TABLE rows (number INTEGER, text TEXT)');
  for (let n = 0; n < 200; n++) living.run('INSERT INTO rows VALUES (?, ?)', n, `${n} `.repeat(50));
  const killed = join(directory, 'killed.db');
  for (const end of ['', '-wal']) writeFileSync(`${killed}${end}`, readFileSync(`${living.file}${end}`));
  living.close();
  return killed;
}

function rowsOf(file: string): number {
  const database = openDatabase(file);
  try {
    return database.all('SELECT * FROM rows').length;
  } finally {
    database.close();
  }
}

test('a database that is torn while its log is carried into it loses nothing', () => {
  for (let seed = 0; seed < 20; seed++) {
    const killed = makeKilled();
    expect(tearCheckpoint(killed, dice(seed, 0))).toBeGreaterThan(0);
    expect(rowsOf(killed)).toBe(200);
    rmSync(join(directory, 'living.db'));
  }
});

test('what is torn are pages that the log holds, and without it the database is lost', () => {
  const killed = makeKilled();
  expect(pagesOfLog(readFileSync(`${killed}-wal`)).pages.size).toBeGreaterThan(5);
  tearCheckpoint(killed, dice(1, 0));
  rmSync(`${killed}-wal`);
  expect(() => rowsOf(killed)).toThrow(ContractorError);
});
