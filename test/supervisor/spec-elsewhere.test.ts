import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { declarations } from '../../actions/all-actions.ts';
import { createSupervisor } from '../../supervisor/create-supervisor.ts';
import { specElsewhere } from '../../supervisor/spec-elsewhere.ts';
import { specOf } from '../../supervisor/spec-source.ts';
import type { Supervisor } from '../../supervisor/supervisor.ts';
import { temporaryDirectory } from '../store/temporary-directory.ts';
import { measuredLoop } from './measured-loop.ts';

const readWith = { heldArtifacts: new Set(['held']), actions: { declarations } };
const large = (artifact: string): { text: string; fileName: string } => ({
  fileName: 'large.yaml',
  text: `projects:\n${Array.from(
    { length: 1000 },
    (_, n) =>
      `- project: p${n}\n  build-steps:\n  - action: create-systree\n    artifact-name: ${artifact}\n    container-name: c\n` +
      `  - action: shell\n    container-name: c\n    shell: echo ${n}\n`,
  ).join('')}`,
});

let supervisor: Supervisor;
beforeAll(() => {
  supervisor = createSupervisor({ store: join(temporaryDirectory(), 's') });
});
afterAll(async () => await supervisor.close());

test('[A-242] a large specification is read elsewhere, and is the same', async () => {
  const source = large('held');
  const began = process.threadCpuUsage();
  const here = specOf(source, readWith);
  const { user, system } = process.threadCpuUsage(began);
  let read: unknown;
  const { busyMax } = await measuredLoop(async () => {
    read = await specElsewhere(source, readWith);
  });
  expect(read).toEqual(here);
  expect(busyMax).toBeLessThan((user + system) / 1000 / 2);
});

test('what is wrong with it is said as of a small one', async () => {
  const source = large('missing');
  const failed = await supervisor.outOfDate(source).catch((error: unknown) => error);
  expect(failed).toMatchObject({
    code: 'SPEC_INVALID',
    message: expect.stringMatching(/^large\.yaml:5:20: error: .*\n[^]*\n1000 problems$/),
    mend: expect.stringContaining('contractor schema'),
  });
  expect(() => specOf(source, readWith)).toThrow((failed as Error).message);
});
