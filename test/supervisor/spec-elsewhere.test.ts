import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { declarations } from '../../actions/all-actions.ts';
import { createSupervisor } from '../../supervisor/create-supervisor.ts';
import { specElsewhere } from '../../supervisor/spec-elsewhere.ts';
import { specOf } from '../../supervisor/spec-source.ts';
import type { Supervisor } from '../../supervisor/supervisor.ts';
import { temporaryDirectory } from '../store/temporary-directory.ts';

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
  let ticks = 0;
  const ticking = setInterval(() => (ticks += 1), 1);
  const read = await specElsewhere(source, readWith);
  clearInterval(ticking);
  expect(read).toEqual(specOf(source, readWith));
  // The thread of the program was its own meanwhile.
  expect(ticks).toBeGreaterThan(1);
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
