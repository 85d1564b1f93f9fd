import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { openStore } from '../../store/open-store.ts';
import type { Store } from '../../store/open-store.ts';
import { sampleRun } from './sample-records.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const me = { pid: 1, host: 'here', since: 10 };
const you = { pid: 2, host: 'there', since: 20 };
let directory: string;
let mine: Store;
let yours: Store;

beforeEach(() => {
  directory = join(temporaryDirectory(), 's');
  mine = openStore(directory);
  yours = openStore(directory);
  mine.createRun(sampleRun('r1'));
  mine.createRun(sampleRun('r2'));
  return () => {
    mine.close();
    yours.close();
  };
});

function claimed(store: Store, owner: typeof me) {
  const claim = store.claimRun('r1', owner);
  if (claim.type !== 'owned') throw new Error('taken');
  return claim;
}

test('looks for an owner without making a file, for which there may be no room', () => {
  rmSync(join(directory, 'runs'), { recursive: true });
  expect(mine.runOwner('r1')).toEqual({ type: 'nobody' });
});

test('gives a run to one owner and tells the others who it is', () => {
  claimed(mine, me);
  expect(yours.claimRun('r1', you)).toEqual({ type: 'taken', owner: me });
  expect(yours.runOwner('r1')).toEqual({ type: 'somebody', owner: me });
  expect(mine.claimRun('r1', me)).toEqual({ type: 'taken', owner: me });
  expect(yours.claimRun('r2', you).type).toBe('owned');
});

test('gives a released run to the next', () => {
  claimed(mine, me).release();
  expect(mine.runOwner('r1')).toEqual({ type: 'nobody' });
  claimed(yours, you);
  expect(mine.runOwner('r1')).toEqual({ type: 'somebody', owner: you });
});

test('is not taken by a look', () => {
  expect(mine.runOwner('r1')).toEqual({ type: 'nobody' });
  claimed(yours, you);
  expect(mine.runOwner('r1').type).toBe('somebody');
  expect(mine.claimRun('r1', me).type).toBe('taken');
});

test('releases twice without harm to the next owner', () => {
  const claim = claimed(mine, me);
  claim.release();
  claimed(yours, you);
  claim.release();
  expect(mine.claimRun('r1', me).type).toBe('taken');
});

test('gives up its runs and leaves no lock file when the store is closed', () => {
  claimed(mine, me);
  mine.close();
  expect(readdirSync(join(directory, 'runs'))).toEqual([]);
  claimed(yours, you);
});

test('refuses a run that is not there', () => {
  expect(() => mine.claimRun('r9', me)).toThrow(expect.objectContaining({ code: 'RUN_UNKNOWN' }) as Error);
});

test('is free again when the process of its owner was killed', { timeout: 30_000 }, async () => {
  const program = `
    import { openStore } from ${JSON.stringify(join(import.meta.dirname, '../../store/open-store.ts'))};
    const store = openStore(process.argv[1]);
    console.log(store.claimRun('r1', { pid: process.pid, host: 'h', since: 5 }).type);
    setInterval(() => store, 1e6);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  expect(line.toString()).toBe('owned\n');
  expect(mine.claimRun('r1', me)).toEqual({ type: 'taken', owner: { pid: child.pid, host: 'h', since: 5 } });
  expect(mine.runOwner('r1').type).toBe('somebody');
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(mine.runOwner('r1')).toEqual({ type: 'nobody' });
  claimed(mine, me);
});
