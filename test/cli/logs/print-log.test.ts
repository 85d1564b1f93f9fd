import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { AttemptDetails, RunDetails, Supervisor } from '../../../index.ts';
import { command } from '../rig/command.ts';

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'contractor-logs-'));
  file = join(directory, 'log');
});
afterEach(() => rmSync(directory, { recursive: true }));

const terminal = { columns: 80, rows: 24 };
const ended: AttemptDetails = { id: 'a1', number: 1, startedAt: 0, endedAt: 1, outcome: { type: 'succeeded' } };
const running: AttemptDetails = { id: 'a1', number: 1, startedAt: 0 };

const details = (attempt: AttemptDetails, state: RunDetails['state'] = 'running'): RunDetails => ({
  id: 'r1',
  specName: 'x',
  createdAt: 0,
  state,
  projects: [{ name: 'hello', steps: [{ id: '1-shell', title: 'shell', attempts: [attempt] }] }],
});

const storeWith = (run: () => RunDetails) => ({ run, logFile: vi.fn<Supervisor['logFile']>(() => file) });

test('the whole log is printed, byte for byte into a pipe', async () => {
  const bytes = `\x1b[31mred\x1b[0m\r\n${'x'.repeat(200_000)}\u0000end`;
  writeFileSync(file, bytes);
  const supervisor = storeWith(() => details(ended));
  expect(await command('logs r1:hello:1', { supervisor })).toMatchObject({ status: 0, stdout: bytes, stderr: '' });
  expect(supervisor.logFile).toHaveBeenCalledWith({ run: 'r1', project: 'hello', step: '1-shell', attempt: 1 });
});

test('on a terminal it is made harmless, unless --raw', async () => {
  const bytes = `\x1b[31mred\x1b[0m \x1b]0;t\x07${'漢'.repeat(70_000)}\x1b`;
  writeFileSync(file, bytes);
  const supervisor = storeWith(() => details(ended));
  const shown = await command('logs r1:hello:1', { supervisor, terminal });
  // Not `toBe`: nobody wants to read the difference.
  expect(shown.stdout === `red ${'漢'.repeat(70_000)}␛`).toBe(true);
  const raw = await command('logs r1:hello:1 --raw', { supervisor, terminal });
  expect(raw.stdout === bytes).toBe(true);
});

test('a step that was chosen is named, apart from its log', async () => {
  writeFileSync(file, 'out\n');
  const { stdout, stderr } = await command('logs', { supervisor: storeWith(() => details(ended)) });
  expect({ stdout, stderr }).toEqual({ stdout: 'out\n', stderr: 'contractor: log of r1:hello:1-shell, attempt 1\n' });
});

test('a step that has written nothing has an empty log', async () => {
  expect(await command('logs :hello:1', { supervisor: storeWith(() => details(ended)) })).toMatchObject({
    status: 0,
    stdout: '',
  });
});

test('following goes on until the attempt has ended, and misses nothing', async () => {
  writeFileSync(file, 'one\n');
  let looks = 0;
  const supervisor = storeWith(() => {
    looks += 1;
    if (looks === 3) appendFileSync(file, 'two\n');
    if (looks < 4) return details(running);
    // Written between the last look at the file and the end.
    appendFileSync(file, 'three\n');
    return details(ended);
  });
  expect((await command('logs -f :hello:1', { supervisor })).stdout).toBe('one\ntwo\nthree\n');
});

test('following ends with the process that owned the run', async () => {
  writeFileSync(file, 'one\n');
  const supervisor = storeWith(() => details(running, 'interrupted'));
  expect(await command('logs -f :hello:1', { supervisor })).toMatchObject({ status: 0, stdout: 'one\n' });
});
