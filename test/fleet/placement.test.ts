import fc from 'fast-check';
import { expect, test } from 'vitest';
import { workerLabels } from '../../cli/fleet/worker-labels.ts';
import { inTurn, queueOf } from '../../fleet/placement/queues.ts';
import { unplacedText } from '../../fleet/placement/unplaced.ts';
import type { RunsOn } from '../../spec-schema/build-spec.ts';
import type { HostTraits } from '../../supervisor/placement/host-traits.ts';

const host = (...labels: string[]): { name: string; traits: HostTraits } => ({
  name: `w${labels.join('')}`,
  traits: { architecture: 'amd64', memoryBytes: 2 ** 33, labels },
});
const waiting = (project: string, runsOn: RunsOn | null = null): { project: string; runsOn: RunsOn | null } => ({
  project,
  runsOn,
});

test('[A-249] what no living worker may take is told by what it asks for, and nothing else', () => {
  const gpu = { labels: ['gpu'] };
  expect(unplacedText([waiting('a'), waiting('b', gpu)], [host('gpu'), host()])).toEqual([]);
  expect(unplacedText([waiting('a'), waiting('b', gpu), waiting('c', gpu)], [host(), host('x')])).toEqual([
    '`b` and 1 more wait for a worker with the label `gpu`. 2 live: `w` lacks the label `gpu`; `wx` lacks the label `gpu`.',
  ]);
  expect(unplacedText([waiting('a', { architecture: 'arm64' })], [host()])).toEqual([
    '`a` waits for a worker with the architecture `arm64`. One lives: `w` lacks the architecture `arm64`.',
  ]);
  expect(unplacedText([waiting('a')], [])).toEqual(['No worker lives: what is to be built waits for one.']);
  expect(unplacedText([], [])).toEqual([]);
});

test('projects that ask for the same share a queue, and no others do', () => {
  const label = fc.constantFrom('a', 'b', 'c', 'a=b');
  const asked = fc.record(
    {
      labels: fc.uniqueArray(label, { minLength: 1, maxLength: 3 }),
      architecture: fc.constantFrom('amd64' as const, 'arm64' as const),
      memoryBytes: fc.integer({ min: 1, max: 3 }),
    },
    { requiredKeys: [] },
  );
  const same = ({ labels = [], ...rest }: RunsOn): string =>
    JSON.stringify([rest.architecture, rest.memoryBytes, labels.toSorted()]);
  fc.assert(
    fc.property(asked, asked, (one, other) => {
      expect(queueOf(one) === queueOf(other)).toBe(same(one) === same(other));
    }),
  );
  expect(queueOf(undefined)).toBe('project');
});

test('[A-248] each queue comes first in its turn, and all of them each time', () => {
  const queues = ['a', 'b', 'c'];
  expect(new Set([1, 2, 3].map((turn) => inTurn(queues, turn)[0]))).toEqual(new Set(queues));
  for (const turn of [0, 1, 2, 3, 4]) expect(inTurn(queues, turn).toSorted()).toEqual(queues);
  expect(inTurn([], 5)).toEqual([]);
});

test('[A-248] labels of a worker are those that a project can ask for', () => {
  expect(workerLabels('gpu, zone=eu,gpu')).toEqual(['gpu', 'zone=eu']);
  for (const wrong of ['', 'a,,b', 'a b', 'arm64', 'arch=arm64', 'memory=8G', 'os=plan9', 'host=x', 'x=', '-x']) {
    expect(() => workerLabels(wrong)).toThrow(expect.objectContaining({ code: 'USAGE' }));
  }
});
