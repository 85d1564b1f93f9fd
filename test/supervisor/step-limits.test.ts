import { expect, test } from 'vitest';
import type { BuildSpec, Step } from '../../spec-schema/build-spec.ts';
import { createSupervisor } from '../../supervisor/create-supervisor.ts';
import { assertWithinLimits, haveSameLimits, limitedSpec } from '../../supervisor/step-limits.ts';
import { temporaryDirectory } from '../store/temporary-directory.ts';

const step = (more: Partial<Step> = {}): Step => ({
  id: '1-shell',
  title: 'shell',
  action: 'shell',
  parameters: {},
  continueOnFailure: false,
  ...more,
});
const specOf = (...steps: readonly Step[]): BuildSpec => ({ projects: [{ name: 'p', dependsOn: [], steps }] });
const GIB = 2 ** 30;

test('[A-210] a step without limits has those of the program, and one with lower limits keeps its own', () => {
  const limits = { memoryBytes: 2 * GIB, processes: 64, timeoutMs: 60_000 };
  const own = step({ limits: { memoryBytes: GIB, diskBytes: GIB, strict: true }, timeoutMs: 1000 });
  const [project] = limitedSpec(specOf(step(), own), limits).projects;
  expect(project?.steps).toMatchObject([
    { limits: { memoryBytes: 2 * GIB, processes: 64 }, timeoutMs: 60_000 },
    { limits: { memoryBytes: GIB, processes: 64, diskBytes: GIB, strict: true }, timeoutMs: 1000 },
  ]);
  expect(limitedSpec(limitedSpec(specOf(step(), own), limits), limits).projects).toEqual([project]);
  expect(limitedSpec(specOf(own))).toEqual(specOf(own));
});

test.each([
  ['memoryBytes', { limits: { memoryBytes: 2 * GIB } }, { memoryBytes: GIB }, '`memory` of 2 GiB, and may have 1 GiB'],
  ['processes', { limits: { processes: 65 } }, { processes: 64 }, '`processes` of 65'],
  ['openFiles', { limits: { openFiles: 65 } }, { openFiles: 64 }, '`open-files` of 65'],
  ['cpuTimeMs', { limits: { cpuTimeMs: 2000 } }, { cpuTimeMs: 1000 }, '`cpu-time` of'],
  ['diskBytes', { limits: { diskBytes: 2 * GIB } }, { diskBytes: GIB }, '`disk` of 2 GiB'],
  ['tmpBytes', { limits: { tmpBytes: 2 * GIB } }, { tmpBytes: GIB }, '`tmp` of 2 GiB'],
  ['outputBytes', { limits: { outputBytes: 2 * GIB } }, { outputBytes: GIB }, '`output` of 2 GiB'],
  ['timeoutMs', { timeoutMs: 2000 }, { timeoutMs: 1999 }, '`timeout` of'],
])('[A-210] a step that asks for more %s than the program allows is refused', (_, asks, limits, words) => {
  const refusal = expect.objectContaining({
    code: 'LIMIT_EXCEEDED',
    message: expect.stringContaining(`p:1-shell: the step has ${words}`) as unknown,
  }) as Error;
  expect(() => limitedSpec(specOf(step(asks)), limits)).toThrow(refusal);
  expect(() => limitedSpec(specOf(step()), limits)).not.toThrow();
});

test('[A-210] a recorded step without a limit is one that may have more', () => {
  const { projects } = specOf(step());
  expect(() => assertWithinLimits(projects, { memoryBytes: GIB })).toThrow('no `memory`');
  expect(() => assertWithinLimits(projects)).not.toThrow();
});

test('two steps are held to the same when each of their limits is the same', () => {
  expect(haveSameLimits(step(), step({ title: 'other' }))).toBe(true);
  expect(haveSameLimits(step(), step({ timeoutMs: 1 }))).toBe(false);
  expect(haveSameLimits(step({ limits: { processes: 1 } }), step({ limits: { processes: 2 } }))).toBe(false);
});

test('[A-210] `validate` tells a step that asks for too much with its place, and the rest is valid', async () => {
  const supervisor = createSupervisor({ store: temporaryDirectory(), limits: { memoryBytes: GIB } });
  const text = (memory: string): string =>
    [
      'projects:',
      '  - project: p',
      '    build-steps:',
      '      - action: empty-workspace',
      `        limits: { memory: ${memory} }`,
    ].join('\n');
  expect(supervisor.validate({ text: text('2G') })).toMatchObject({
    type: 'invalid',
    problems: [{ code: 'WRONG_VALUE', line: 4, message: 'the step has `memory` of 2 GiB, and may have 1 GiB' }],
  });
  expect(supervisor.validate({ text: text('1G') })).toMatchObject({ type: 'parsed' });
  await supervisor.close();
});
