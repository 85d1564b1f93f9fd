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

test('names the projects there are when asked for another', async () => {
  const { status, stderr } = await graph('--project c');
  expect(status).toBe(2);
  expect(stderr).toContain('It has `a`, `b`.');
});
