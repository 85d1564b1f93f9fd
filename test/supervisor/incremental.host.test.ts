import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { causeText } from '../../supervisor/assess/cause-text.ts';
import type { BuildOptions } from '../../supervisor/supervisor.ts';
import { inTrees, onTiny, openTestStore, project, publish, shell, unpack, whatHostLacks } from './test-store.ts';
import type { Ended, TestStore } from './test-store.ts';

const lacking = await whatHostLacks();
let store: TestStore;
let names = 0;

beforeAll(async () => {
  if (lacking === '') store = await openTestStore();
});
afterAll(() => store?.close());

const build = (projects: readonly object[], options: BuildOptions = {}): Promise<Ended> =>
  store.build(projects, { noCache: false, ...options });

/** The steps that were run, as `project/step`. */
const ran = ({ events }: Ended): string[] =>
  events.flatMap((event) => (event.type === 'step-started' ? [`${event.project}/${event.step}`] : []));

/** What outOfDate says of each project, as short as it can be. */
async function states(projects: readonly object[], options: BuildOptions = {}): Promise<string[]> {
  const source = { value: { projects }, directory: store.work };
  const assessment = await store.supervisor.outOfDate(source, options);
  return assessment.projects.map((state) => {
    if (state.type === 'stale') return `${state.project} stale at ${state.step}: ${causeText(state.because)}`;
    return `${state.project} ${state.type}${state.type === 'waits' ? ` for ${state.for.join()}` : ''}`;
  });
}

/** A maker of an artifact with that content, and a user of it; under names that no other test has. */
function pair(): {
  make: (content: string, keys?: object) => object;
  use: (script?: string) => object;
  artifact: string;
} {
  const artifact = `made-${(names += 1)}`;
  return {
    artifact,
    make: (content, keys) =>
      project(`make-${artifact}`, [onTiny, shell(`${content} > made; chmod 644 made`, keys), publish(artifact)]),
    use: (script = 'cat made') => project(`use-${artifact}`, [onTiny, unpack(artifact), shell(script)]),
  };
}

describe.skipIf(lacking !== '')('a build of what was built before', () => {
  test('[A-140] runs nothing, says so in one event, and can be looked into like any other', async () => {
    const { make, use, artifact } = pair();
    const projects = [make('echo 1'), use()];
    await build(projects);
    expect(await states(projects)).toEqual([`make-${artifact} current`, `use-${artifact} current`]);
    const again = await build(projects);
    expect(again.result).toBe('built');
    expect(again.events.map(({ type }) => type)).toEqual(['run-started', 'run-ended']);
    expect(again.events[0]).toMatchObject({
      projects: [
        { name: `make-${artifact}`, result: 'built', isCurrent: true, stepsDone: 3 },
        { name: `use-${artifact}`, result: 'built', isCurrent: true, stepsDone: 3 },
      ],
    });
    expect(again.log(`use-${artifact}`, '3')).toBe('1\n');
    const step = { type: 'step', run: again.id, project: `make-${artifact}`, step: '2' } as const;
    const { parts } = await store.supervisor.workbench.compare(
      { ...step, moment: 'before' },
      { ...step, moment: 'after' },
    );
    expect(parts[0]?.changes.map(({ path }) => path)).toEqual(['made']);
    expect(store.supervisor.run(again.id)).toMatchObject({
      state: 'built',
      projects: [{ result: 'built' }, { result: 'built' }],
    });
  });

  test('[A-141] runs the changed step and those after it, and what uses a result that came out another', async () => {
    const { make, use, artifact } = pair();
    await build([make('echo 1'), use()]);
    expect(await states([make('echo 2'), use()])).toEqual([
      `make-${artifact} stale at 2-shell: its \`shell\` changed`,
      `use-${artifact} waits for make-${artifact}`,
    ]);
    const built = await build([make('echo 2'), use()]);
    expect(ran(built)).toEqual([
      `make-${artifact}/2-shell`,
      `make-${artifact}/3-create-artifact`,
      `use-${artifact}/2-unpack-artifact`,
      `use-${artifact}/3-shell`,
    ]);
    expect(built.log(`use-${artifact}`, '3')).toBe('2\n');
    const begun = built.events.flatMap((event) => (event.type === 'project-started' ? [event.because] : []));
    expect(begun).toMatchObject([
      { step: '2-shell', cause: { type: 'parameters-changed', changes: [{ parameter: 'shell' }] } },
      {
        step: '2-unpack-artifact',
        cause: { type: 'artifact-changed', artifact, before: { version: 1 }, now: { version: 2 } },
      },
    ]);
  });

  test('[A-142] leaves alone what uses a result that came out as it was', async () => {
    const { make, use, artifact } = pair();
    await build([make('echo 1'), use()]);
    const built = await build([make('echo $((2 - 1))'), use()]);
    expect(ran(built)).toEqual([`make-${artifact}/2-shell`, `make-${artifact}/3-create-artifact`]);
    expect(built.result).toBe('built');
    expect(built.log(`use-${artifact}`, '3')).toBe('1\n');
  });

  test('makes a tree the newest version again when a change is taken back, without building it', async () => {
    const { make, use, artifact } = pair();
    await build([make('echo 1'), use()]);
    const first = store.supervisor.artifacts.show(artifact);
    await build([make('echo 2'), use()]);
    const back = await build([make('echo 1'), use()]);
    expect(ran(back)).toEqual([]);
    expect(back.log(`use-${artifact}`, '3')).toBe('1\n');
    expect(store.supervisor.artifacts.show(artifact)).toMatchObject({
      version: 3,
      digest: first.digest,
      versions: [3, 2, 1],
    });
    expect(back.events.filter(({ type }) => type === 'artifact-published')).toMatchObject([
      { version: 3, isNew: true },
    ]);
    expect(store.supervisor.artifacts.provenance(artifact).statement).toContain(back.id);
    expect(ran(await build([make('echo 1'), use()]))).toEqual([]);
  });

  test('takes nothing from a step that failed and was passed over, and reuses what stands after it', async () => {
    const { artifact } = pair();
    const steps = [onTiny, shell('exit 3', { 'continue-on-failure': true }), shell('echo on')];
    await build([project(artifact, steps)]);
    const again = await build([project(artifact, steps)]);
    expect(ran(again)).toEqual([`${artifact}/2-shell`]);
    expect(again.events.find(({ type }) => type === 'project-started')).toMatchObject({
      because: { step: '2-shell', cause: { type: 'failed-before' } },
    });
  });

  test('[A-143] runs again what made an artifact or layer that is gone', async () => {
    const { make, use, artifact } = pair();
    const projects = [make('echo 1'), use()];
    await build(projects);
    await store.supervisor.artifacts.remove(artifact);
    expect(await states(projects)).toEqual([
      `make-${artifact} stale at 3-create-artifact: the artifact \`${artifact}@1\` is gone`,
      `use-${artifact} waits for make-${artifact}`,
    ]);
    const remade = await build(projects);
    expect(ran(remade)).toEqual([`make-${artifact}/3-create-artifact`]);
    const [layer] = store.supervisor.run(remade.id).projects[0]?.steps[1]?.attempts ?? [];
    await inTrees(store, `rm -rf layers/${layer?.reusedFrom ?? ''}`);
    const again = await build(projects);
    expect(again.result).toBe('built');
    expect(ran(again)).toEqual([`make-${artifact}/2-shell`, `make-${artifact}/3-create-artifact`]);
  });

  test('takes over a result under another name of its project, its steps and its specification', async () => {
    const { artifact } = pair();
    const steps = [onTiny, shell(`echo ${artifact}`)];
    await build([project(artifact, steps)]);
    const [first, second] = steps;
    expect(ran(await build([project(`renamed-${artifact}`, [first!, { ...second, name: 'other' }])]))).toEqual([]);
  });

  test('[A-144] copies a source again whose contents changed', async () => {
    const { artifact } = pair();
    mkdirSync(join(store.work, artifact));
    writeFileSync(join(store.work, artifact, 'file'), '1\n');
    const projects = [project(artifact, [onTiny, { action: 'copy-source', path: artifact }, shell('cat file')])];
    await build(projects);
    expect(ran(await build(projects))).toEqual([]);
    writeFileSync(join(store.work, artifact, 'file'), '2\n');
    expect(await states(projects)).toEqual([`${artifact} stale at 2-copy-source: the files that it copies changed`]);
    const built = await build(projects);
    expect(ran(built)).toEqual([`${artifact}/2-copy-source`, `${artifact}/3-shell`]);
    expect(built.log(artifact, '3')).toBe('2\n');
    rmSync(join(store.work, artifact), { recursive: true });
  });
});
