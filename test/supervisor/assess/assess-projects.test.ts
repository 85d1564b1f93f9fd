import { actionSet } from '../../../actions/action-set.ts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Project } from '../../../spec-schema/build-spec.ts';
import { openStore } from '../../../store/open-store.ts';
import type { Store } from '../../../store/open-store.ts';
import type { NewArtifactVersion } from '../../../store/records/artifacts.ts';
import { assessProjects } from '../../../supervisor/assess/assess-projects.ts';
import { causeText } from '../../../supervisor/assess/cause-text.ts';
import { chosenProjects, specOf } from '../../../supervisor/spec-source.ts';
import { temporaryDirectory } from '../../store/temporary-directory.ts';
import { recordBuild } from './record-build.ts';

const NOTE = readFileSync(join(import.meta.dirname, '../../../examples/design-note/build.yaml'), 'utf8');

const actions = actionSet();
let store: Store;
let outside: Map<string, string>;
const gone = new Set<string>();

beforeEach(() => {
  store = openStore(temporaryDirectory());
  outside = new Map([['debootstrap', 'lists 1 http://mirror/dists/unstable/']]);
  gone.clear();
});
afterEach(() => store.close());

const projectsIn = (yaml: string): readonly Project[] =>
  specOf({ text: yaml }, { heldArtifacts: new Set(), actions }).projects;

const built = (
  run: string,
  projects: readonly Project[],
  made: Pick<NewArtifactVersion, 'digest' | 'packages'>,
): void => recordBuild(store, { run, projects, made, outside });

const assess = async (projects: readonly Project[]): Promise<string[]> => {
  const assessed = await assessProjects(projects, {
    store,
    actions,
    sandbox: { hasTree: (_: string, path: string) => !gone.has(path) } as never,
    begunAt: Infinity,
    outside: { answer: ({ action }) => outside.get(action) },
    refusesReuse: () => undefined,
  });
  return assessed.map((state) => {
    if (state.type === 'stale') return `${state.project}: ${state.step}: ${causeText(state.because)}`;
    return `${state.project}: ${state.type}`;
  });
};

describe('the specification of the design note', () => {
  test('[A-151] has its system tree built again when `packages` gain an entry, and names the entry', async () => {
    const note = projectsIn(NOTE);
    built('r1', note, { digest: 'aa' });
    expect(await assess(note)).toEqual(['build-unstable-systree: current', 'hello: current']);
    const more = projectsIn(NOTE.replace('    - build-essential\n', '    - build-essential\n    - hello\n'));
    expect(await assess(more)).toEqual([
      'build-unstable-systree: 2-debootstrap: its `packages` gained `hello`',
      'hello: waits',
    ]);
  });

  test('has it built when the lists of the mirror changed, and what uses it only when the tree came out another', async () => {
    const note = projectsIn(NOTE);
    const [tree, hello] = note;
    built('r1', note, { digest: 'aa', packages: [{ name: 'libc6', version: '2.41-1', architecture: 'amd64' }] });
    outside.set('debootstrap', 'lists 2 http://mirror/dists/unstable/');
    expect(await assess(note)).toEqual([
      'build-unstable-systree: 2-debootstrap: the package lists of its mirror changed',
      'hello: waits',
    ]);
    built('r2', [tree!], { digest: 'aa' });
    expect(await assess(note)).toEqual(['build-unstable-systree: current', 'hello: current']);
    outside.set('debootstrap', 'lists 3 http://mirror/dists/unstable/');
    built('r3', [tree!], {
      digest: 'bb',
      packages: [
        { name: 'hello', version: '2', architecture: 'amd64' },
        { name: 'libc6', version: '2.41-2', architecture: 'amd64' },
      ],
    });
    expect((await assess(note))[1]).toBe(
      'hello: 1-create-systree: `unstable-systree` changed: 1 package upgraded (libc6 2.41-1 → 2.41-2), 1 package added (hello)',
    );
    expect(await assess([hello!])).toHaveLength(1);
  });

  test('is not up to date where something that it has made is lost, or nobody says what the mirror has', async () => {
    const note = projectsIn(NOTE);
    built('r1', note, { digest: 'aa' });
    gone.add('layers/r1-hello-3-shell');
    expect(await assess(note)).toEqual([
      'build-unstable-systree: current',
      'hello: 3-shell: the layer `r1-hello-3-shell` is gone',
    ]);
    outside.clear();
    expect((await assess(note))[0]).toBe(
      'build-unstable-systree: 2-debootstrap: what it reads outside could not be asked for',
    );
  });
});

test('a thousand projects of three steps are assessed in a blink', async () => {
  const projects = projectsIn(
    JSON.stringify({
      projects: Array.from({ length: 1000 }, (_, n) => ({
        project: `p${n}`,
        'build-steps': [
          { action: 'empty-workspace' },
          { action: 'create-artifact', 'artifact-name': `a${n}` },
          { action: 'create-systree', 'artifact-name': `a${Math.max(0, n - 1)}`, 'container-name': 'c' },
        ],
      })),
    }),
  );
  store.transaction(() => built('r1', projects, { digest: 'aa' }));
  const begun = process.cpuUsage();
  const states = new Set((await assess(projects)).map((state) => state.replace(/^p\d+/, '')));
  const { user, system } = process.cpuUsage(begun);
  expect(states).toEqual(new Set([': current']));
  expect((user + system) / 1000).toBeLessThan(1000); // By far: it is a guard against what grows with the square.
});

test('[A-256] of 1,000 projects only what one that changed can reach is built, and nothing of the rest', async () => {
  // Ten branches a project, down to the leaves: project n takes what 10 n + 1 to 10 n + 10 make.
  const COUNT = 999;
  const stepsOf = (index: number, script: string): object[] => [
    { action: 'create-systree', 'artifact-name': 'base', 'container-name': 'c' },
    ...Array.from({ length: 10 }, (_, branch) => 10 * index + 1 + branch)
      .filter((part) => part < COUNT)
      .map((part) => ({ action: 'unpack-artifact', 'artifact-name': `a${part}`, directory: `d${part}` })),
    { action: 'shell', 'container-name': 'c', shell: script },
    { action: 'create-artifact', 'artifact-name': `a${index}` },
  ];
  const base = [{ action: 'empty-workspace' }, { action: 'create-artifact', 'artifact-name': 'base' }];
  const specWith = (changed?: number): readonly Project[] => {
    const others = Array.from({ length: COUNT }, (_, index) => ({
      project: `p${index}`,
      'build-steps': stepsOf(index, index === changed ? 'echo other' : `echo ${index}`),
    }));
    const value = { projects: [{ project: 'base', 'build-steps': base }, ...others] };
    return chosenProjects(specOf({ value }, { heldArtifacts: new Set(), actions }), undefined);
  };
  const before = specWith();
  store.transaction(() => built('r1', before, { digest: 'aa' }));
  const isOpen = (state: string): boolean => !state.endsWith(': current');
  expect((await assess(before)).filter(isOpen)).toEqual([]);
  expect((await assess(specWith(COUNT - 1))).filter(isOpen)).toEqual([
    'p998: 2-shell: its `shell` changed',
    ...['p99: waits', 'p9: waits', 'p0: waits'],
  ]);
}, 120_000);
