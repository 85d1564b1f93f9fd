import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { onTiny, onWritableTiny, openTestStore, project, shell, whatHostLacks } from '../../supervisor/test-store.ts';
import type { TestStore } from '../../supervisor/test-store.ts';
import { ALL_PROBES } from './all-probes.ts';
import { layBait } from './bait.ts';
import type { Bait } from './bait.ts';
import { answersIn, probingScript } from './probe.ts';
import { makeProbingSystem } from './probing-system.ts';

const lacking = await whatHostLacks();
let store: TestStore;
let bait: Bait;

beforeAll(async () => {
  if (lacking !== '') return;
  process.env['CONTRACTOR_TEST_SECRET'] = 'TOPSECRET';
  bait = await layBait();
  store = await openTestStore();
  makeProbingSystem(join(store.work, 'system'), join(store.work, '../tiny'));
  await store.supervisor.artifacts.importFrom('probing', join(store.work, 'system'));
});
afterAll(async () => {
  await bait?.remove();
  await store?.close();
});

const kinds = [
  { kind: 'a container', systree: onTiny, probes: ALL_PROBES.map((probe) => ({ ...probe })) },
  {
    kind: 'a writable container',
    systree: onWritableTiny,
    probes: ALL_PROBES.flatMap(({ asRoot, ...probe }) =>
      asRoot === null ? [] : [{ ...probe, expected: asRoot ?? probe.expected }],
    ),
  },
];

describe.skipIf(lacking !== '').for(kinds)('[A-64] $kind shows a probe for', ({ systree, probes }) => {
  let answers: Map<string, string>;
  beforeAll(async () => {
    const script = probingScript(probes, { ...bait.values, STORE: store.store });
    const built = await store.build([project('p', [{ ...systree, 'artifact-name': 'probing' }, shell(script)])]);
    answers = answersIn(built.log('p', '2'));
  });

  test.for(probes)('$group: $name', ({ name, expected }) => {
    expect(answers.get(name)).toMatch(expected);
  });
});
