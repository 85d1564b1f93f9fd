import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSupervisor } from '../../index.ts';
import { command, type CommandResult } from './rig/command.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'contractor-graph-'));
  const steps = 'build-steps: [{ action: empty-workspace }]';
  writeFileSync(
    join(directory, 'build.yaml'),
    `projects:\n  - { project: a, ${steps} }\n  - { project: b, depends-on: [a], ${steps} }\n`,
  );
});
afterAll(() => rmSync(directory, { recursive: true }));

const graph = async (line: string): Promise<CommandResult> =>
  await command(`graph ${line}`, {
    workingDirectory: directory,
    supervisor: { validate: (source) => createSupervisor({ store: join(directory, 'store') }).validate(source) },
  });

test('draws which project needs which', async () => {
  const { status, stdout } = await graph('--format dot');
  expect(status).toBe(0);
  expect(stdout).toContain('"a" -> "b";');
});

test('draws the machine of a project', async () => {
  const { stdout } = await graph('--project b --format json');
  expect(JSON.parse(stdout)).toMatchObject({ id: 'b', initial: '1 empty-workspace' });
});

test('draws it as it is in a build that pauses, where that is asked for', async () => {
  const { stdout } = await graph('--project b --format dot --on-failure=pause');
  expect(stdout).toContain('"1 empty-workspace" -> "paused" [label="failed"];');
  expect(stdout).toContain('"paused" -> "1 empty-workspace" [label="retry 1-empty-workspace"];');
  const broken = await graph('--project b --format json --break b:1');
  expect(JSON.parse(broken.stdout)).toMatchObject({ initial: 'paused' });
  const module = await graph('--project b --format xstate --break 1');
  expect(module.stdout).toMatch(/initial: 'paused'|"initial": ?"paused"|initial: "paused"/);
  const wrong = await graph('--project b --break 7');
  expect([wrong.status, wrong.stderr]).toEqual([2, expect.stringContaining('It has `1-empty-workspace`.')]);
});

test('names the projects there are when asked for another', async () => {
  const { status, stderr } = await graph('--project c');
  expect(status).toBe(2);
  expect(stderr).toContain('It has `a`, `b`.');
});
