import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { openDatabase, useWriteAheadLog } from '../../store/database.ts';
import type { Database } from '../../store/database.ts';
import { sqliteRefusal } from '../../store/sqlite-refusal.ts';
import { temporaryDirectory } from './temporary-directory.ts';

let database: Database;
const numbers = () => database.all<{ x: number }>('SELECT x FROM t ORDER BY x').map((row) => row.x);
const insert = (x: number) => database.run('INSERT INTO t VALUES (?)', x);

beforeEach(() => {
  database = openDatabase(join(temporaryDirectory(), 'x.db'));
  database.exec('CREATE TABLE t (x INTEGER PRIMARY KEY)');
  return () => database.close();
});

test('commits what a transaction did and returns its result', () => {
  expect(database.transaction(() => insert(1))).toBe(1);
  expect(numbers()).toEqual([1]);
});

test('undoes all of a transaction that throws', () => {
  expect(() =>
    database.transaction(() => {
      insert(1);
      throw new Error('no');
    }),
  ).toThrow('no');
  expect(numbers()).toEqual([]);
  database.transaction(() => insert(2));
  expect(numbers()).toEqual([2]);
});

test('joins a transaction inside a transaction', () => {
  expect(() =>
    database.transaction(() => {
      database.transaction(() => insert(1));
      throw new Error('no');
    }),
  ).toThrow('no');
  expect(numbers()).toEqual([]);
});

test('commits nothing of an outer transaction that swallowed the error of an inner one', () => {
  expect(() =>
    database.transaction(() => {
      insert(1);
      try {
        database.transaction(() => {
          insert(2);
          throw new Error('no');
        });
      } catch {
        // Swallowed.
      }
    }),
  ).toThrow('caught inside');
  expect(numbers()).toEqual([]);
});

test('refuses a function that would wait', () => {
  expect(() => database.transaction(() => Promise.resolve(insert(1)))).toThrow('cannot wait');
  expect(numbers()).toEqual([]);
});

test('leaves a mistake of ours as it is', () => {
  insert(1);
  expect(() => insert(1)).toThrow(expect.not.objectContaining({ code: 'STORE_DAMAGED' }) as Error);
  expect(() => insert(1)).toThrow('UNIQUE constraint failed');
});

test('turns the write-ahead log on again and again until no other process is at it', () => {
  const busy = Object.assign(new Error('database is locked'), { errcode: 261 }); // SQLITE_BUSY_RECOVERY
  let refusals = 3;
  const exec = (sql: string) => {
    if (refusals-- > 0) throw sqliteRefusal(busy, database.file);
    database.exec(sql);
  };
  useWriteAheadLog({ ...database, exec });
  expect(database.all('PRAGMA journal_mode')).toMatchObject([{ journal_mode: 'wal' }]);
});
