import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { syncFileSystems } from '../../supervisor/sync-file-systems.ts';
import { kill, processOf } from '../crash/processes.ts';
import type { SeenProcess } from '../crash/processes.ts';

const MODULE = join(import.meta.dirname, '../../supervisor/sync-file-systems.ts');

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'flushed-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Those that flush this directory again and again. */
const helpers = (): SeenProcess[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => processOf(Number(name)) ?? [])
    .filter(({ command }) => command.includes('flush.pl') && command.includes(directory));

/** More than one in a row is often, however busy the host is. */
async function flushOften(): Promise<void> {
  await vi.waitFor(async () => {
    await syncFileSystems([directory]);
    expect(helpers()).toHaveLength(1);
  });
}

/** How often it has been asked: each time it reads a byte. */
const asked = (): number => Number(/^rchar: (\d+)/.exec(readFileSync(`/proc/${helpers()[0]?.pid}/io`, 'utf8'))?.[1]);

test('one process serves who flushes often', async () => {
  await syncFileSystems([directory]);
  expect(helpers()).toEqual([]);
  await flushOften();
  const [helper] = helpers();
  const before = asked();
  await syncFileSystems([directory]);
  await syncFileSystems([directory]);
  expect(asked()).toBe(before + 2);
  expect(helpers()).toEqual([helper]);
});

test('who comes while a flush runs shares the next with others, and not that one, which may not have seen what they wrote', async () => {
  await flushOften();
  const before = asked();
  kill(helpers(), 'SIGSTOP');
  const all = Array.from({ length: 20 }, async () => await syncFileSystems([directory]));
  kill(helpers(), 'SIGCONT');
  await Promise.all(all);
  expect(asked()).toBe(before + 2);
});

test('what flushes may be killed at any moment: the flush is done again', async () => {
  await flushOften();
  const [idle] = helpers();
  kill(helpers(), 'SIGKILL');
  await syncFileSystems([directory]);
  await flushOften();
  expect(helpers()).not.toEqual([idle]);
  // It does not answer, so it is killed in the middle.
  kill(helpers(), 'SIGSTOP');
  const flushed = syncFileSystems([directory]);
  kill(helpers(), 'SIGKILL');
  await flushed;
});

test('a disk that does not take what was written is refused, whoever flushes', async () => {
  await flushOften();
  rmSync(directory, { recursive: true });
  for (let times = 0; times < 3; times += 1) {
    await expect(syncFileSystems([directory])).rejects.toMatchObject({
      code: 'STORE_UNUSABLE',
      message: expect.stringContaining(directory),
    });
  }
});

test.each([
  ['ends', '', 0],
  ['is killed', 'setInterval(() => {}, 1000);', null],
] as const)('what flushes does not keep a program, and is gone when that %s', async (_, last, status) => {
  const script = `
    import { syncFileSystems } from ${JSON.stringify(MODULE)};
    for (let times = 0; times < 4; times += 1) await syncFileSystems([${JSON.stringify(directory)}]);
    await new Promise((resolve) => setTimeout(resolve, 50));
    process.stdout.write(JSON.stringify(process.getActiveResourcesInfo()));
    ${last}`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const [keeping] = (await once(child.stdout, 'data')) as [Buffer];
  expect(JSON.parse(keeping.toString())).not.toContain('ProcessWrap');
  if (status === null) child.kill('SIGKILL');
  expect((await exited)[0]).toBe(status);
  await vi.waitFor(() => expect(helpers()).toEqual([]));
});
