import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Checkpoint, SharedStep } from '../../../supervisor/checkpoint/checkpoint.ts';
import { onTiny, onWritableTiny, openTestStore, project, publish, shell, whatHostLacks } from '../test-store.ts';
import type { Ended, TestStore } from '../test-store.ts';

const lacking = (await whatHostLacks()) !== '';
let store: TestStore;
beforeAll(async () => {
  if (!lacking) store = await openTestStore();
});
afterAll(() => store?.close());

describe.skipIf(lacking)('a checkpoint', () => {
  const steps = [onTiny, shell('cat /proc/sys/kernel/random/uuid > a; chmod 644 a'), publish('made'), shell('cat a')];
  let built: Ended;
  let shared: readonly SharedStep[];
  const digestOf = (name: string): string => store.supervisor.artifacts.show(name).digest;
  const buildFrom = async (checkpoint: Checkpoint): Promise<Ended> =>
    await store.build([project('p', steps)], {
      projects: ['p'],
      given: { tiny: digestOf('tiny') },
      checkpoint,
    });
  const reused = ({ events }: Ended): readonly string[] =>
    events.flatMap((event) => (event.type === 'step-reused' ? [event.step] : []));

  test('[A-279] of a run is what another run goes on behind, with what was published and how it came about', async () => {
    built = await store.build([project('p', steps)]);
    const ids = ['1-create-systree', '2-shell', '3-create-artifact'];
    shared = await Promise.all(
      ids.map(async (step) => await store.supervisor.snapshotStep({ run: built.id, project: 'p', step })),
    );
    const before = digestOf('made');
    const other = await store.build([project('q', [onTiny, shell('echo other > b'), publish('made')])]);
    expect(other.result).toBe('built');
    const after = await buildFrom({ project: 'p', from: 'elsewhere', steps: shared });
    expect(after.result).toBe('built');
    expect(reused(after)).toEqual(ids);
    expect(after.events.filter(({ type }) => type === 'step-started')).toHaveLength(1);
    expect(after.log('p', '4-shell')).toBe(built.log('p', '4-shell'));
    // It is the newest again.
    expect(digestOf('made')).toBe(before);
    const { ok, provenance } = await store.supervisor.artifacts.verify('made');
    expect([ok, provenance.state]).toEqual([true, 'intact']);
  });

  test('[A-282] that does not fit, or whose trees are not there, is passed over', async () => {
    const [first, second, third] = shared as [SharedStep, SharedStep, SharedStep];
    const gone = 'f'.repeat(64);
    const noTree = { ...third, tree: null };
    for (const wrong of [
      [second, third],
      [first, second, noTree],
      [first, { ...second, attempt: '../../x' }, third],
      [first, second, { ...third, published: { name: 'tiny', digest: digestOf('tiny') } }],
      [first, second, { ...third, published: { name: 'made', digest: gone } }],
      [first, second, { ...third, tree: { workspace: { name: 'made', digest: digestOf('made') }, containers: {} } }],
      [first, second, { ...third, tree: { workspace: null, containers: { c: null } } }],
    ] as unknown as SharedStep[][]) {
      const run = await buildFrom({ project: 'p', from: 'elsewhere', steps: wrong });
      expect([run.result, reused(run), JSON.stringify(wrong)]).toEqual(['built', [], JSON.stringify(wrong)]);
    }
    expect(reused(await buildFrom({ project: 'other', from: 'elsewhere', steps: shared }))).toEqual([]);
  });

  test('[A-282] is none of what an artifact would not hold', async () => {
    const { id } = await store.build([
      project('w', [onWritableTiny, shell('mknod pipe p'), shell('rm pipe; echo 1 > a'), shell('echo 1 > /etc/new')]),
    ]);
    const treeAfter = async (step: string): Promise<unknown> =>
      (await store.supervisor.snapshotStep({ run: id, project: 'w', step })).tree;
    expect(await treeAfter('1-create-systree')).toMatchObject({ workspace: null });
    expect(await treeAfter('2-shell')).toBeNull();
    expect(await treeAfter('4-shell')).toBeNull();
    await expect(treeAfter('9-shell')).rejects.toMatchObject({ code: 'STEP_UNKNOWN' });
  });
});
