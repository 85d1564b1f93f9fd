import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RunsOn } from '../../../spec-schema/build-spec.ts';
import { missingOf, missingText } from '../../../supervisor/placement/host-traits.ts';
import type { HostTraits } from '../../../supervisor/placement/host-traits.ts';
import { thisHost } from '../../../supervisor/placement/this-host.ts';

const label = fc.constantFrom('a', 'b', 'a=1', 'a=2', 'ab', 'b=1');
const labels = fc.uniqueArray(label, { maxLength: 4 });
const architecture = fc.constantFrom('amd64' as const, 'arm64' as const);
const memoryBytes = fc.integer({ min: 1, max: 64 }).map((gib) => gib * 2 ** 30);
const host: fc.Arbitrary<HostTraits> = fc.record({ architecture, memoryBytes, labels });
const runsOn: fc.Arbitrary<RunsOn> = fc.record({ architecture, memoryBytes, labels }, { requiredKeys: [] });

test('a host that has exactly what is asked for lacks nothing', () => {
  fc.assert(
    fc.property(fc.record({ architecture, memoryBytes, labels }), (both) => {
      expect(missingOf(both, both)).toEqual([]);
    }),
  );
});

test('who asks for nothing runs anywhere', () => {
  fc.assert(
    fc.property(host, (any) => {
      expect([missingOf(undefined, any), missingOf({}, any)]).toEqual([[], []]);
    }),
  );
});

test('a host with more takes what it took before, and one that is asked for more takes nothing new', () => {
  fc.assert(
    fc.property(host, labels, runsOn, label, (some, more, asked, another) => {
      const larger = { ...some, memoryBytes: some.memoryBytes * 2, labels: [...some.labels, ...more] };
      expect(missingOf(asked, larger).length).toBeLessThanOrEqual(missingOf(asked, some).length);
      const harder = { ...asked, labels: [...(asked.labels ?? []), another] };
      expect(missingOf(harder, some).length).toBeGreaterThanOrEqual(missingOf(asked, some).length);
    }),
  );
});

test('what is missing is all that it takes: a host that gets it lacks nothing', () => {
  fc.assert(
    fc.property(host, runsOn, (some, asked) => {
      const missing = missingOf(asked, some);
      const mended = { ...some, labels: [...some.labels] };
      for (const one of missing) {
        if (one.type === 'architecture') mended.architecture = one.wanted === 'arm64' ? 'arm64' : 'amd64';
        else if (one.type === 'memory') mended.memoryBytes = one.wantedBytes;
        else mended.labels.push(one.wanted);
      }
      expect(missingOf(asked, mended)).toEqual([]);
    }),
  );
});

test('a word is met by itself with any value, and by nothing that only begins with it', () => {
  const lacks = (wanted: string, ...has: string[]): number =>
    missingOf({ labels: [wanted] }, { architecture: 'amd64', memoryBytes: 1, labels: has }).length;
  expect([lacks('gpu', 'gpu=a100'), lacks('gpu', 'gpu'), lacks('gpu=a100', 'gpu=a100')]).toEqual([0, 0, 0]);
  expect([lacks('gpu', 'gpus'), lacks('gpu=a100', 'gpu'), lacks('gpu=a', 'gpu=ab'), lacks('gpu')]).toEqual([
    1, 1, 1, 1,
  ]);
});

test('what the kernel keeps of a machine of 8 GiB is not missed, and half of it is', () => {
  const lacks = (hasBytes: number): boolean =>
    missingOf({ memoryBytes: 2 ** 33 }, { architecture: 'amd64', memoryBytes: hasBytes, labels: [] }).length > 0;
  expect([lacks(2 ** 33 - 400 * 2 ** 20), lacks(2 ** 33 - 600 * 2 ** 20), lacks(2 ** 32)]).toEqual([false, true, true]);
});

test('this host is one that contractor can build on, and is told by name', () => {
  const { architecture: of, memoryBytes: bytes, labels: has } = thisHost(['gpu']);
  expect(['amd64', 'arm64']).toContain(of);
  expect(bytes).toBeGreaterThan(2 ** 26);
  expect(has).toEqual(['gpu', 'os=linux', expect.stringMatching(/^host=./)]);
});

test('what is missing has words', () => {
  const nothing: HostTraits = { architecture: 'amd64', memoryBytes: 1, labels: [] };
  const asked: RunsOn = { architecture: 'arm64', memoryBytes: 2 ** 32, labels: ['gpu'] };
  expect(missingOf(asked, nothing).map(missingText)).toEqual([
    'the architecture `arm64`',
    '4 GiB of memory',
    'the label `gpu`',
  ]);
});
