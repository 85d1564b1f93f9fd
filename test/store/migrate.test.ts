import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDatabase } from '../../store/database.ts';
import { migrate, storeVersion } from '../../store/migrate.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const first = 'CREATE TABLE a (x); INSERT INTO a VALUES (1)';
const second = 'ALTER TABLE a ADD COLUMN y DEFAULT 2';

function newDatabase() {
  const directory = temporaryDirectory();
  return { database: openDatabase(join(directory, 'x.db')), trees: join(directory, 'trees') };
}

test('runs each migration once, in order, and keeps what was there', () => {
  const { database, trees } = newDatabase();
  migrate(database, { migrations: [first], trees });
  expect(storeVersion(database, [first])).toBe(1);
  migrate(database, { migrations: [first, second], trees });
  migrate(database, { migrations: [first, second], trees });
  expect(database.all('SELECT * FROM a').map((row) => ({ ...(row as object) }))).toEqual([{ x: 1, y: 2 }]);
  database.close();
});

test('leaves the store at its version when a later migration fails', () => {
  const { database, trees } = newDatabase();
  migrate(database, { migrations: [first], trees });
  expect(() => migrate(database, { migrations: [first, second, 'INSERT INTO nowhere VALUES (1)'], trees })).toThrow(
    'nowhere',
  );
  expect(storeVersion(database, [first])).toBe(1);
  expect(database.all('SELECT name FROM pragma_table_info(?) WHERE name = ?', 'a', 'y')).toEqual([]);
  database.close();
});
