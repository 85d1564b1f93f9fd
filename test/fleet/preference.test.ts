import fc from 'fast-check';
import { expect, test } from 'vitest';
import { holdingsOf, readHoldings } from '../../fleet/placement/holdings.ts';
import { GRACE_MS, groupOf, passedOver } from '../../fleet/placement/preference.ts';
import type { OtherWorker, WaitingGroup } from '../../fleet/placement/preference.ts';

const MIB = 1024 ** 2;
const holds = (...digests: string[]): Map<string, number> => new Map(digests.map((digest) => [digest, 2 * MIB]));
const group = (waitedMs: number, ...needs: string[]): WaitingGroup => ({ needs, waitedMs });
const free = (...digests: string[]): OtherWorker => ({ isFree: true, holds: holds(...digests) });
const busy = (...digests: string[]): OtherWorker => ({ isFree: false, holds: holds(...digests) });
const ids = (...groups: WaitingGroup[]): string[] => groups.map(({ needs }) => groupOf(needs));

test('[A-277] what a free worker has, others leave to it, and [A-278] no longer than the grace', () => {
  const [young, plain] = [group(0, 'a'), group(0)];
  expect(passedOver([young, plain], { own: holds(), others: [free('a')] })).toEqual([ids(young)]);
  expect(passedOver([young], { own: holds('a'), others: [free('a')] })).toEqual([[]]);
  expect(passedOver([young], { own: holds(), others: [busy('a')] })).toEqual([[]]);
  expect(passedOver([group(GRACE_MS, 'a')], { own: holds(), others: [free('a')] })).toEqual([[]]);
  // Of several, the larger part; and of what is nearly the same, nobody waits.
  expect(passedOver([group(0, 'a', 'b')], { own: holds('a'), others: [free('b')] })).toEqual([[]]);
  const nearly = { isFree: true, holds: new Map([['a', 2.5 * MIB]]) };
  expect(passedOver([young], { own: holds('a'), others: [nearly] })).toEqual([[]]);
});

test('[A-277] a worker takes what it has before what another has, [A-278] unless that has waited for long', () => {
  const [own, elses] = [group(5000, 'a'), group(6000, 'b')];
  expect(passedOver([elses, own], { own: holds('a'), others: [busy('b')] })).toEqual([ids(elses), []]);
  const old = group(40_000, 'b');
  expect(passedOver([old, own], { own: holds('a'), others: [busy('b')] })).toEqual([[]]);
});

test('[A-278] nothing is passed over for ever, whatever is held and waits', () => {
  const digest = fc.constantFrom('a', 'b', 'c', 'constructor');
  const held = fc.uniqueArray(digest).map((digests) => holds(...digests));
  const groups = fc.uniqueArray(
    fc.record({ needs: fc.uniqueArray(digest).map((needs) => needs.toSorted()), waitedMs: fc.nat({ max: 60_000 }) }),
    { selector: ({ needs }) => groupOf(needs), minLength: 1 },
  );
  const others = fc.array(fc.record({ isFree: fc.boolean(), holds: held }));
  fc.assert(
    fc.property(groups, held, others, (waiting, own, rest) => {
      const rounds = passedOver(waiting, { own, others: rest });
      const last = new Set(rounds.at(-1));
      const old = waiting.filter(({ waitedMs }) => waitedMs >= GRACE_MS);
      const nobodyIsFree = rest.every(({ isFree }) => !isFree);
      for (const { needs } of nobodyIsFree ? waiting : old) expect(last).not.toContain(groupOf(needs));
      // What has waited longest is not behind others in the end: those ahead of it are not much younger.
      const oldestMs = Math.max(...old.map(({ waitedMs }) => waitedMs));
      const first = rounds.length === 1 ? [] : waiting.filter(({ needs }) => !rounds[0]!.includes(groupOf(needs)));
      for (const { waitedMs } of first) expect(waitedMs).toBeGreaterThanOrEqual(oldestMs - 30_000);
    }),
  );
});

test('a worker tells of its newest large trees, and what others have written in its place says nothing', () => {
  const version = (digest: string, createdAt: number, sizeBytes = 2 * MIB) => ({
    name: 'x',
    digest,
    createdAt,
    sizeBytes,
  });
  const many = Array.from({ length: 150 }, (_, index) => version(`d${index}`, index));
  const told = holdingsOf([
    ...many,
    version('d149', 1),
    version('small', 999, MIB - 1),
    { ...version('other', 999), name: 'checkpoint+0' },
  ]);
  expect(told.size).toBe(100);
  expect(told.get('d149')).toBe(2 * MIB);
  expect(told.has('d49') || told.has('small') || told.has('other')).toBe(false);
  expect(readHoldings({ a: 5, b: -1, c: 'x', d: null })).toEqual(new Map([['a', 5]]));
  for (const odd of [null, 7, 'text', []]) expect(readHoldings(odd).size).toBe(0);
});
