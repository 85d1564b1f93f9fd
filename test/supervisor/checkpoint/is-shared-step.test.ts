import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkpointName, isCheckpointName } from '../../../supervisor/checkpoint/checkpoint.ts';
import { isSharedStep } from '../../../supervisor/checkpoint/is-shared-step.ts';

const digest = '0123456789abcdef'.repeat(4);
const receipt = JSON.stringify({
  attempt: { id: 'abcdef', step: '2-shell' },
  startedAt: '2026-01-01T00:00:00.000Z',
  tools: [],
  inputs: { resolved: [] },
});
const step = {
  step: '2-shell',
  attempt: 'abcdef',
  number: 1,
  startedAt: 1,
  endedAt: 2,
  receipt,
  published: { name: 'x', digest },
  tree: { workspace: { name: 'y', digest }, containers: { c: { artifact: { name: 'z', digest }, writable: true } } },
};

test('[A-282] what is told of a step is believed only when it is that, whoever has told it', () => {
  expect(isSharedStep(step)).toBe(true);
  const { published: _, ...unpublished } = step;
  expect(isSharedStep({ ...unpublished, receipt: null, tree: null })).toBe(true);
  for (const wrong of [
    { attempt: '../abcdef' },
    { attempt: 7 },
    { step: null },
    { endedAt: Number.NaN },
    { startedAt: '1' },
    { receipt: '{' },
    { receipt: receipt.replace('abcdef', 'fedcba') },
    { receipt: receipt.replace('[]', '{}') },
    { published: { name: '../x', digest } },
    { published: { name: 'x', digest: 'x' } },
    { tree: 'x' },
    { tree: { workspace: undefined, containers: {} } },
    { tree: { workspace: null, containers: { c: { artifact: null, writable: true } } } },
    { tree: { workspace: null, containers: { '../c': step.tree.containers.c } } },
  ]) {
    expect([wrong, isSharedStep({ ...step, ...wrong })]).toEqual([wrong, false]);
  }
  fc.assert(fc.property(fc.jsonValue(), (value) => !isSharedStep(value)));
});

test('[A-283] the workspaces of a project have one name, which is no name of an artifact that somebody makes', () => {
  expect(checkpointName('p')).toBe(checkpointName('p'));
  expect(checkpointName('p')).not.toBe(checkpointName('q'));
  expect(isCheckpointName(checkpointName('p'))).toBe(true);
  expect(isCheckpointName('checkpoint')).toBe(false);
});
