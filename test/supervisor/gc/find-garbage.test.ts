import { expect, test } from 'vitest';
import type { ProjectTree } from '../../../machines/project-tree.ts';
import type { AttemptFacts, GarbageFacts, RunFacts } from '../../../store/records/garbage.ts';
import { findGarbage } from '../../../supervisor/gc/find-garbage.ts';
import type { GarbageView } from '../../../supervisor/gc/garbage-view.ts';
import { giveUpFor } from '../../../supervisor/gc/give-up.ts';

const run = (id: string, createdAt: number, more: Partial<RunFacts> = {}): RunFacts => ({
  id,
  toldCreatedAt: createdAt,
  toldEndedAt: createdAt + 1,
  endedAt: createdAt + 1,
  result: 'built',
  source: null,
  continues: null,
  isKept: false,
  isForgotten: false,
  failed: '[]',
  ...more,
});

const attempt = (
  id: string,
  of: string,
  step: string,
  tree: ProjectTree,
  more: Partial<AttemptFacts> = {},
): AttemptFacts => ({
  id,
  run: of,
  project: 'p',
  step,
  outcomeType: 'succeeded',
  reusedFrom: null,
  sizeBytes: 1,
  result: JSON.stringify({ tree }),
  keyInputs: null,
  ...more,
});

const layers = (...ids: string[]): ProjectTree => ({
  workspace: ids.map((id) => ({ type: 'layer', id })),
  containers: {},
});

const artifact = (version: number, createdAt: number, more: { isKept?: boolean } = {}) => ({
  name: 'x',
  version,
  digest: `d${version}`,
  sizeBytes: 100,
  createdAt,
  isKept: false,
  ...more,
});

const view = (facts: Partial<GarbageFacts>, more: Partial<GarbageView> = {}): GarbageView => ({
  facts: { runs: [], attempts: [], layers: [], artifacts: [], uses: [], ...facts },
  policy: { keepVersions: 1, keepForMs: 0 },
  now: 1000,
  hostNow: 1000,
  inUse: new Set(),
  hasFile: () => true,
  stepsOf: () => undefined,
  ...more,
});

const layer = (id: string, of: string) => ({ id, attempt: of, sizeBytes: 10 });

test('an attempt that stays for one of its layers, and has lost another, can be reused no more', () => {
  const before = attempt('a1', 'r1', 's1', {
    workspace: [{ type: 'layer', id: 'a1' }],
    containers: {},
  });
  const onSystree: ProjectTree = {
    workspace: [],
    containers: {
      c: { artifact: 'x', version: 1, digest: 'd1', writable: true, layers: [{ type: 'layer', id: 'a1r' }] },
    },
  };
  const facts = {
    runs: [run('r1', 1), run('r2', 2)],
    attempts: [before, attempt('a2', 'r1', 's2', onSystree), attempt('b1', 'r2', 's1', layers('b1'))],
    layers: [layer('a1', 'a1'), layer('a1r', 'a1'), layer('b1', 'b1')],
    artifacts: [artifact(1, 1)],
  };
  const { garbage } = findGarbage(view(facts), new Set());
  expect(garbage).toMatchObject({ runs: ['r1'], attempts: [], layers: ['a1'], unkeyed: ['a1'] });
});

test('results that rest on an artifact which goes are not kept for the next build', () => {
  const onX: ProjectTree = {
    workspace: [{ type: 'artifact', name: 'x', version: 1, digest: 'd1' }],
    containers: {},
  };
  const facts = {
    runs: [run('r1', 1), run('r2', 2)],
    attempts: [attempt('a1', 'r1', 's1', onX)],
    artifacts: [artifact(2, 2), artifact(1, 1)],
  };
  expect(findGarbage(view(facts), new Set()).garbage).toMatchObject({
    runs: ['r1'],
    attempts: ['a1'],
    artifacts: [{ name: 'x', version: 1 }],
    doomed: ['attempts/a1', 'artifacts/x/d1'],
  });
});

test('steps that the file has no more, and projects that it no longer has, leave no results', () => {
  const facts = {
    runs: [run('r1', 1, { source: '/f', failed: '["gone"]' }), run('r2', 2, { source: '/f' })],
    attempts: [attempt('a1', 'r1', 'old', layers()), attempt('a2', 'r1', 'still', layers())],
  };
  const stepsOf = () => new Map([['p', new Set(['still'])]]);
  expect(findGarbage(view(facts, { stepsOf }), new Set()).garbage).toMatchObject({ runs: ['r1'], attempts: ['a1'] });
});

test('files that are gone are one series: of their runs the newest stays', () => {
  const facts = {
    runs: [run('r1', 1, { source: '/1' }), run('r2', 2, { source: '/2' }), run('r3', 3, { source: '/3' })],
  };
  const hasFile = (source: string) => source === '/1';
  expect(findGarbage(view(facts, { hasFile }), new Set()).garbage.runs).toEqual(['r2']);
});

test('a run that a shell looks into stays, and so does what an unfinished run goes on with', () => {
  const facts = {
    runs: [
      run('r1', 1),
      run('r2', 2, { result: 'cancelled' }),
      run('r3', 3, { endedAt: null, continues: 'r2' }),
      run('r4', 4),
    ],
  };
  expect(findGarbage(view(facts), new Set()).garbage.runs).toEqual(['r1']);
  expect(findGarbage(view(facts, { inUse: new Set(['r1']) }), new Set()).garbage.runs).toEqual([]);
});

test('[A-166] for room go first what is only young, the oldest first; then more versions than one; results; the newest run of a file last', () => {
  const facts = {
    runs: [run('other', 1, { source: '/other' }), run('r1', 10), run('r2', 20)],
    attempts: [attempt('a1', 'r1', 's1', layers('a1'))],
    layers: [layer('a1', 'a1')],
    artifacts: [artifact(5, 15), artifact(4, 14), artifact(3, 13), artifact(2, 12, { isKept: true }), artifact(1, 11)],
  };
  const given = view(facts, { policy: { keepVersions: 2, keepForMs: 10_000 } });
  const { couldGo } = findGarbage(given, new Set());
  expect(couldGo).toEqual(['run r1', 'x@1', 'x@3', 'x@4', 'results ["","p"]', 'run other']);
  expect([...giveUpFor(90, given, new Set())]).toEqual(['run r1', 'x@1']);
  expect([...giveUpFor(300, given, new Set())]).toEqual(['run r1', 'x@1', 'x@3', 'x@4']);
  expect(findGarbage(given, new Set(couldGo)).garbage).toMatchObject({
    runs: ['other', 'r1'],
    artifacts: [
      { name: 'x', version: 4 },
      { name: 'x', version: 3 },
      { name: 'x', version: 1 },
    ],
  });
});
