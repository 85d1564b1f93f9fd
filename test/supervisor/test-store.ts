import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { checkHost } from '../../sandbox/host-check.ts';
import { findIdMap } from '../../sandbox/id-map.ts';
import { findProgram } from '../../sandbox/programs.ts';
import { runInIdMap } from '../../sandbox/run-in-id-map.ts';
import type { BuildEvent, RunEnd } from '../../supervisor/build-event.ts';
import { createSupervisor } from '../../supervisor/create-supervisor.ts';
import type { BuildOptions, Supervisor } from '../../supervisor/supervisor.ts';

/** What a test asks of a build that has ended. */
export interface Ended {
  readonly id: string;
  readonly result: RunEnd;
  readonly events: readonly BuildEvent[];
  /** The whole output of a step's newest attempt. */
  readonly log: (project: string, step: string) => string;
}

export interface TestStore {
  readonly supervisor: Supervisor;
  /** The directory of the store. */
  readonly store: string;
  /** A directory for sources and exports; relative paths of specifications start from it. */
  readonly work: string;
  /** Takes nothing over of earlier builds, unless `noCache` says otherwise: tests of one file share a store. */
  build(projects: readonly unknown[], options?: BuildOptions): Promise<Ended>;
  close(): Promise<void>;
}

/** Why this host cannot run host tests; empty when it can. */
export async function whatHostLacks(): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'contractor-probe-'));
  try {
    const missing = (await checkHost(directory)).filter(({ state }) => state === 'missing');
    return missing.map(({ found }) => found).join('; ');
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** A new store that holds the artifact `tiny`: a system tree of a few host programs, made without network; by default in a directory of its own. */
export async function openTestStore(directory?: string): Promise<TestStore> {
  const top = realpathSync(mkdtempSync(join(tmpdir(), 'contractor-test-')));
  const store = directory ?? join(top, 'store');
  const work = join(top, 'work');
  mkdirSync(work);
  makeTinySystem(join(top, 'tiny'));
  const supervisor = createSupervisor({ store });
  await supervisor.artifacts.importFrom('tiny', join(top, 'tiny'));
  return {
    supervisor,
    store,
    work,
    build: async (projects, options) => {
      const run = await supervisor.build({ value: { projects }, directory: work }, { noCache: true, ...options });
      const result = await run.result;
      const log = (project: string, step: string): string =>
        readFileSync(supervisor.logFile({ run: run.id, project, step }), 'utf8');
      return { id: run.id, result, events: supervisor.events(run.id), log };
    },
    close: async () => {
      await supervisor.close();
      const remove = ['/bin/rm', '-rf', 'layers', 'objects', 'artifacts', 'attempts'] as const;
      await runInIdMap({ trees: join(store, 'trees'), idMap: findIdMap(), command: remove });
      rmSync(top, { recursive: true, force: true });
    },
  };
}

const PROGRAMS = 'head tr sh ls cat sleep id touch rm mv mkdir ln mknod setsid env chmod chown readlink grep'.split(
  ' ',
);

/** Does something in the trees of a store, from their top, as whoever may touch files of all their owners. */
export async function inTrees({ store }: TestStore, script: string): Promise<void> {
  const { exitCode, stderr } = await runInIdMap({
    trees: join(store, 'trees'),
    idMap: findIdMap(),
    command: ['/bin/sh', '-euc', script],
  });
  if (exitCode !== 0) throw new Error(stderr);
}

/** Shells, coreutils and what else is named of this host, with the libraries that they name, as a root directory. */
export function makeTinySystem(directory: string, more: readonly string[] = []): void {
  const copy = (from: string, to: string): void => {
    mkdirSync(dirname(join(directory, to)), { recursive: true });
    copyFileSync(realpathSync(from), join(directory, to));
  };
  for (const program of [...PROGRAMS, ...more]) {
    const path = findProgram(program);
    copy(path, `bin/${program}`);
    const libraries = execFileSync('ldd', [path], { encoding: 'utf8' }).matchAll(/(\/\S+) \(0x/g);
    for (const [, library = ''] of libraries) copy(library, library);
  }
  for (const path of ['etc', 'tmp']) mkdirSync(join(directory, path), { recursive: true });
  writeFileSync(join(directory, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
  writeFileSync(join(directory, 'etc/group'), 'root:x:0:\n');
}

/** A project as a specification says it. */
export function project(name: string, steps: readonly object[], keys: object = {}): object {
  return { project: name, ...keys, 'build-steps': steps };
}

/** The step that makes the tiny system the container `c`. */
export const onTiny: object = { action: 'create-systree', 'artifact-name': 'tiny', 'container-name': 'c' };

/** The same, writable. */
export const onWritableTiny: object = { ...onTiny, writable: true };

/** A step that runs commands in the container `c`. */
export function shell(script: string, keys: object = {}): object {
  return { action: 'shell', 'container-name': 'c', shell: script, ...keys };
}

/** A step that publishes the workspace. */
export function publish(name: string, keys: object = {}): object {
  return { action: 'create-artifact', 'artifact-name': name, ...keys };
}

/** A step that puts an artifact into the workspace. */
export function unpack(name: string, keys: object = {}): object {
  return { action: 'unpack-artifact', 'artifact-name': name, ...keys };
}
