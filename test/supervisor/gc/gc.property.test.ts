import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { propertyRuns } from '../../property-runs.ts';
import type { Store } from '../../../store/open-store.ts';
import { History } from './history.ts';
import type { Edits, End } from './history.ts';

type Act =
  | { readonly type: 'build'; readonly edits: Edits; readonly end: End }
  | { readonly type: 'cancel' }
  | { readonly type: 'keep-run' | 'keep-artifact'; readonly nth: number; readonly release: boolean }
  | { readonly type: 'pass'; readonly ms: number }
  | { readonly type: 'gc'; readonly keepVersions: number; readonly keepForMs: number; readonly maxSizeBytes?: number };

const edit = fc.integer({ min: 0, max: 2 });
const edits: fc.Arbitrary<Edits> = fc.record({ base: fc.tuple(edit, edit), app: fc.tuple(edit, edit) });
const build: fc.Arbitrary<Act> = fc.record({
  type: fc.constant('build' as const),
  edits,
  end: fc.constantFrom('built', 'built', 'base-only', 'failed', 'cut-off'),
});
const gc: fc.Arbitrary<Act> = fc.record(
  {
    type: fc.constant('gc' as const),
    keepVersions: fc.integer({ min: 1, max: 3 }),
    keepForMs: fc.constantFrom(0, 0, 500, 100_000),
    maxSizeBytes: fc.integer({ min: 0, max: 400 }),
  },
  { requiredKeys: ['type', 'keepVersions', 'keepForMs'] },
);
const keep: fc.Arbitrary<Act> = fc.record({
  type: fc.constantFrom('keep-run' as const, 'keep-artifact' as const),
  nth: fc.nat(20),
  release: fc.boolean(),
});
const act: fc.Arbitrary<Act> = fc.oneof(
  { arbitrary: build, weight: 5 },
  { arbitrary: gc, weight: 3 },
  { arbitrary: keep, weight: 1 },
  fc.constant({ type: 'cancel' } as const),
  fc.record({ type: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 1000 }) }),
);

const TOP = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

async function withHistory(use: (history: History) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(TOP, 'contractor-gc-'));
  const history = new History(directory);
  try {
    await use(history);
  } finally {
    history.close();
    rmSync(directory, { recursive: true });
  }
}

async function done(each: Act, history: History): Promise<void> {
  const { store } = history;
  const unfinished = store.listRuns().filter(({ ended }) => ended === null);
  switch (each.type) {
    case 'build':
      history.build(each.edits, each.end);
      return;
    case 'cancel':
      for (const { id } of unfinished) {
        for (const attempt of store.runningAttempts(id))
          store.endAttempt(attempt.id, { endedAt: 1, outcome: { type: 'cancelled' } });
        store.endRun(id, { endedAt: 1, result: 'cancelled' });
      }
      return;
    case 'keep-run': {
      const runs = store.listRuns();
      const run = runs[each.nth % runs.length];
      if (run !== undefined) store.keepRun(run.id, each.release ? null : 1);
      return;
    }
    case 'keep-artifact': {
      const artifacts = store.listArtifacts();
      const artifact = artifacts[each.nth % artifacts.length];
      if (artifact !== undefined) store.keepArtifact(artifact, each.release ? null : 1);
      return;
    }
    case 'pass':
      history.pass(each.ms);
      return;
    case 'gc': {
      const { type: _, ...policy } = each;
      await history.gc(policy);
    }
  }
}

/** Of what there was before, what had to stay and is gone. */
function goneOf(
  {
    runs,
    artifacts,
    isForced,
  }: {
    readonly runs: ReturnType<Store['listRuns']>;
    readonly artifacts: ReturnType<Store['listArtifacts']>;
    readonly isForced: boolean;
  },
  history: History,
): string[] {
  const { store } = history;
  const left = store.listRuns().map(({ id }) => id);
  const versions = new Set(store.listArtifacts().map(({ name, version }) => `${name}@${version}`));
  const newest = new Map(artifacts.map(({ name, version }) => [name, version] as const).toReversed());
  const failure = isForced ? undefined : runs.find(({ ended }) => ended?.result === 'failed');
  const needed = runs.filter((run, nth) => nth === 0 || run === failure || run.isKept || run.ended === null);
  return [
    ...needed.filter(({ id }) => !left.includes(id)).map(({ id }) => `run ${id}`),
    ...left.flatMap((id) => history.lostBy(id)),
    ...artifacts
      .filter(({ name, version, isKept }) => isKept || newest.get(name) === version)
      .map(({ name, version }) => `${name}@${version}`)
      .filter((name) => !versions.has(name)),
  ];
}

test('[A-162] whatever was built, kept and cut off, nothing goes that is needed, and nothing stays without a name', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 3, maxLength: 25 }), async (acts) => {
      await withHistory(async (history) => {
        const { store } = history;
        for (const each of acts) {
          const runs = store.listRuns();
          const artifacts = store.listArtifacts();
          await done(each, history);
          if (each.type !== 'gc') continue;
          expect(history.faults()).toEqual([]);
          expect(goneOf({ runs, artifacts, isForced: each.maxSizeBytes !== undefined }, history)).toEqual([]);
        }
      });
    }),
    propertyRuns(40),
  );
});

test('[A-163] a build after gc runs no step that the last one has done, and makes the same', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 20 }), edits, gc, async (acts, last, policy) => {
      await withHistory(async (history) => {
        for (const each of acts) await done(each, history);
        const before = history.build(last, 'built');
        // The newest run has not all of it.
        if (policy.type === 'gc' && policy.maxSizeBytes === undefined) history.build(last, 'base-only');
        await done(policy, history);
        history.ran = [];
        const after = history.build(last, 'built');
        expect(after.digests).toEqual(before.digests);
        expect(history.ran).toEqual([]);
        expect(history.lostBy(after.run)).toEqual([]);
      });
    }),
    propertyRuns(40),
  );
});
