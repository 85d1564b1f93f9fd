import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { openStore } from '../../store/open-store.ts';
import { sampleRun } from './sample-records.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const newDirectory = () => join(temporaryDirectory(), 'state', 'store');
const refusal = (code: string) =>
  expect.objectContaining({ code, mend: expect.stringMatching(/\w/) as string }) as Error;

/** A closed store with one run in it. */
function storeWithRun(): string {
  const directory = newDirectory();
  const store = openStore(directory);
  store.createRun(sampleRun('r1'));
  store.close();
  return directory;
}

function changed(file: string, sql: string): void {
  const database = new DatabaseSync(file);
  database.exec(sql);
  database.close();
}

describe('openStore', () => {
  test('makes a store for its owner alone', () => {
    const directory = newDirectory();
    openStore(directory).close();
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(readdirSync(directory).toSorted()).toEqual(['contractor.db', 'keepers', 'runs', 'trees']);
    expect(readdirSync(join(directory, 'trees')).toSorted()).toEqual(['artifacts', 'attempts', 'layers', 'objects']);
  });

  test('closes a directory that was open to others', () => {
    const directory = temporaryDirectory();
    const inside = join(directory, 's');
    mkdirSync(inside, { mode: 0o755 });
    openStore(inside).close();
    expect(statSync(inside).mode & 0o777).toBe(0o700);
  });

  test('finds again what was recorded before', () => {
    const store = openStore(storeWithRun());
    expect(store.getRun('r1')).toMatchObject({ specText: 'projects: []', ended: null, options: { jobs: 2 } });
    store.close();
  });

  test('writes ahead, so that no commit waits for the disk', () => {
    const directory = newDirectory();
    const store = openStore(directory);
    expect(existsSync(join(directory, 'contractor.db-wal'))).toBe(true);
    store.close();
  });

  test('makes nothing when told not to', () => {
    const directory = newDirectory();
    expect(() => openStore(directory, { create: false })).toThrow(refusal('STORE_UNUSABLE'));
    expect(existsSync(directory)).toBe(false);
    openStore(directory).close();
    openStore(directory, { create: false }).close();
  });

  test('leaves a directory with other things in it alone', () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'thesis.tex'), '');
    const before = statSync(directory).mode;
    expect(() => openStore(directory)).toThrow(refusal('STORE_UNUSABLE'));
    expect(readdirSync(directory)).toEqual(['thesis.tex']);
    expect(statSync(directory).mode).toBe(before);
  });

  test('says so when the directory cannot be made', () => {
    const file = join(temporaryDirectory(), 'file');
    writeFileSync(file, '');
    expect(() => openStore(join(file, 'store'))).toThrow(refusal('STORE_UNUSABLE'));
  });

  test('refuses a store of a newer version and leaves it as it is', () => {
    const directory = storeWithRun();
    const file = join(directory, 'contractor.db');
    const database = new DatabaseSync(file);
    database.exec('PRAGMA user_version = 99');
    database.close();
    const before = readFileSync(file);
    expect(() => openStore(directory)).toThrow(refusal('STORE_OF_OTHER_VERSION'));
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  test('refuses a file that is no database', () => {
    const directory = newDirectory();
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'contractor.db'), 'all work and no play '.repeat(1000));
    expect(() => openStore(directory)).toThrow(refusal('STORE_DAMAGED'));
  });

  test('refuses a database of another program', () => {
    const directory = newDirectory();
    mkdirSync(directory, { recursive: true });
    const database = new DatabaseSync(join(directory, 'contractor.db'));
    database.exec('CREATE TABLE bookmarks (url)');
    database.close();
    const before = readFileSync(join(directory, 'contractor.db'));
    expect(() => openStore(directory)).toThrow(refusal('STORE_DAMAGED'));
    expect(readFileSync(join(directory, 'contractor.db')).equals(before)).toBe(true);
  });

  test('refuses a database whose schema was overwritten', () => {
    const directory = storeWithRun();
    const file = openSync(join(directory, 'contractor.db'), 'r+');
    writeSync(file, Buffer.alloc(3996, 0x5a), 0, 3996, 100);
    closeSync(file);
    expect(() => openStore(directory)).toThrow(refusal('STORE_DAMAGED'));
  });

  test('refuses a database that lost its end', () => {
    const directory = storeWithRun();
    truncateSync(join(directory, 'contractor.db'), 8192);
    expect(() => {
      const store = openStore(directory);
      try {
        store.getRun('r1');
      } finally {
        store.close();
      }
    }).toThrow(refusal('STORE_DAMAGED'));
  });

  test.each(['emptied', 'deleted'])('does not start over when the database was %s and trees are left', (how) => {
    const directory = storeWithRun();
    mkdirSync(join(directory, 'trees', 'layers', 'l1'));
    const file = join(directory, 'contractor.db');
    if (how === 'emptied') truncateSync(file, 0);
    else rmSync(file);
    expect(() => openStore(directory)).toThrow(refusal('STORE_DAMAGED'));
    expect(() => openStore(directory)).toThrow(refusal('STORE_DAMAGED'));
  });

  test('finds damage that opening it does not meet', () => {
    const directory = storeWithRun();
    const whole = openStore(directory);
    expect(whole.databaseProblems()).toEqual([]);
    whole.close();
    const database = new DatabaseSync(join(directory, 'contractor.db'));
    const { page } = database
      .prepare(`SELECT rootpage AS page FROM sqlite_schema WHERE name = 'runs_by_age'`)
      .get() as { page: number };
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    database.close();
    const file = openSync(join(directory, 'contractor.db'), 'r+');
    writeSync(file, Buffer.alloc(8, 0xff), 0, 8, (page - 1) * 4096);
    closeSync(file);
    const store = openStore(directory);
    expect(store.databaseProblems()).not.toEqual([]);
    store.close();
  });

  test.each<[string, (database: string) => void]>([
    ['garbage', (database) => writeFileSync(database, 'all work and no play '.repeat(1000))],
    ['of another program', (database) => changed(database, 'PRAGMA application_id = 7')],
    ['of a newer version', (database) => changed(database, 'PRAGMA user_version = 99')],
    ['cut short', (database) => truncateSync(database, 8192)],
    ['without a table', (database) => changed(database, 'PRAGMA foreign_keys = 0; DROP TABLE runs')],
    ['beside a log of garbage', (database) => writeFileSync(`${database}-wal`, 'and no play '.repeat(1000))],
  ])('[A-45] changes nothing of a database that is %s', (_how, damage) => {
    const directory = storeWithRun();
    damage(join(directory, 'contractor.db'));
    const bytes = () =>
      ['contractor.db', 'contractor.db-wal'].map((name) => {
        const path = join(directory, name);
        return existsSync(path) ? readFileSync(path).toString('latin1') : '';
      });
    const before = bytes();
    expect(() => {
      const store = openStore(directory);
      try {
        store.getRun('r1');
      } finally {
        store.close();
      }
    }).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^STORE_(DAMAGED|OF_OTHER_VERSION)$/) as string }) as Error,
    );
    expect(bytes()).toEqual(before);
  });

  test('leaves the log of a newer version, of which the newest records have not reached the database', () => {
    const directory = storeWithRun();
    const file = join(directory, 'contractor.db');
    const newer = new DatabaseSync(file);
    newer.exec('PRAGMA user_version = 99');
    const copy = newDirectory();
    mkdirSync(copy, { recursive: true });
    for (const name of ['contractor.db', 'contractor.db-wal']) copyFileSync(join(directory, name), join(copy, name));
    newer.close();
    const log = readFileSync(join(copy, 'contractor.db-wal'));
    expect(() => openStore(copy)).toThrow(refusal('STORE_OF_OTHER_VERSION'));
    expect(readFileSync(join(copy, 'contractor.db-wal')).equals(log)).toBe(true);
  });

  test('takes a log that a power cut has left empty for none', () => {
    const directory = storeWithRun();
    writeFileSync(join(directory, 'contractor.db-wal'), Buffer.alloc(8192));
    const store = openStore(directory);
    expect(store.getRun('r1')).toMatchObject({ ended: null });
    store.close();
  });

  test('is made whole by several processes at once, and none loses a row', { timeout: 60_000 }, async () => {
    const directory = newDirectory();
    const program = `
      import { openStore } from ${JSON.stringify(join(import.meta.dirname, '../../store/open-store.ts'))};
      const [directory, name] = process.argv.slice(1);
      const store = openStore(directory);
      store.transaction(() => store.getRun('r1') ?? store.createRun({ id: 'r1', createdAt: 1, specName: '', specText: '', specDigest: '', spec: {}, projects: ['p'], options: {} }));
      for (let i = 0; i < 200; i++) {
        store.appendEvent('r1', { at: i, event: { name, i } });
        store.recordArtifactVersion({ name: 'a', digest: name + i, entries: 1, files: 1, sizeBytes: 1, createdAt: i, madeBy: null, bootId: 'b' });
      }
      store.close();`;
    const children = ['one', 'two', 'three', 'four'].map((name) =>
      spawn(process.execPath, ['--input-type=module', '-e', program, directory, name], { stdio: 'inherit' }),
    );
    const statuses = await Promise.all(children.map(async (child) => (await once(child, 'exit')) as [number | null]));
    expect(statuses.map(([status]) => status)).toEqual([0, 0, 0, 0]);
    const store = openStore(directory);
    const events = store.eventsSince('r1', 0);
    expect(events.map((event) => event.seq)).toEqual(Array.from({ length: 800 }, (_, index) => index + 1));
    expect(new Set(events.map((event) => JSON.stringify(event.event))).size).toBe(800);
    expect(store.listArtifacts().map((artifact) => artifact.version)).toEqual(
      Array.from({ length: 800 }, (_, index) => 800 - index),
    );
    store.close();
  });
});
