import type { Run } from '../run.ts';
import { NO_HINTS, together } from './hints.ts';
import type { Hints } from './hints.ts';
import { joined, settledLook } from './settled-look.ts';
import type { Found, WatchPorts } from './settled-look.ts';
import type { WatchEvent } from './watch.ts';
import { triedWith } from './what-to-build.ts';
import type { LookedProject, Tried } from './what-to-build.ts';

/**
 * The events of a build, to its end; notes in `tried` what came of each of its projects. With `restart`, looks meanwhile,
 * and cancels it when what a project of it is made of is another. Gives what was told of changes and is not yet said.
 */
export async function* watchedBuild<L extends Found>(
  run: Run,
  {
    begun,
    tried,
    ports,
    signal,
  }: {
    readonly begun: readonly LookedProject[];
    readonly tried: Map<string, Tried>;
    readonly ports: WatchPorts<L>;
    readonly signal: AbortSignal;
  },
): AsyncGenerator<WatchEvent, Hints, undefined> {
  const before = new Map(begun.map((project) => [project.state.project, project]));
  const looking = lookMeanwhile(run, { begun, ports, signal });
  try {
    for await (const event of run.events()) {
      if (looking.tellsRestart()) yield { type: 'build-restarted', at: ports.now(), run: run.id };
      yield event;
      if (event.type !== 'project-ended') continue;
      const project = before.get(event.project);
      // One that was passed over waits for another, and is called for when that one is.
      if (project !== undefined && event.result !== 'skipped') {
        const inputs = triedWith(project);
        const last = tried.get(event.project);
        const times = last?.inputs === inputs ? last.times + 1 : 1;
        tried.set(event.project, { inputs, result: event.result, times });
      }
    }
    await run.result;
  } finally {
    run.cancel(); // When nobody wants to hear more of it; else it has ended.
    await looking.end();
    await run.result.catch(() => undefined);
  }
  if (looking.hasCancelled()) for (const project of before.keys()) tried.delete(project);
  return looking.told();
}

function lookMeanwhile<L extends Found>(
  run: Run,
  {
    begun,
    ports,
    signal,
  }: { readonly begun: readonly LookedProject[]; readonly ports: WatchPorts<L>; readonly signal: AbortSignal },
): { tellsRestart(): boolean; hasCancelled(): boolean; told(): Hints; end(): Promise<void> } {
  const ended = new AbortController();
  const until = AbortSignal.any([signal, ended.signal]);
  let state: 'runs' | 'cancelled' | 'told' = 'runs';
  let untold = NO_HINTS;
  const look = async (): Promise<void> => {
    while (!until.aborted) {
      await ports.hints.next(until);
      await joined(ports, until);
      if (until.aborted) return;
      const { look, told } = await settledLook(ports, until);
      untold = together(untold, told);
      // A specification that is wrong for a moment is no reason to lose what was done.
      if (look.type !== 'found' || until.aborted || !isOutdated(begun, look.projects)) continue;
      state = 'cancelled';
      run.cancel();
      return;
    }
  };
  const looked = ports.restart ? look() : Promise.resolve();
  looked.catch(() => run.cancel()); // It is thrown again where the build has ended.
  return {
    tellsRestart: () => {
      if (state !== 'cancelled') return false;
      state = 'told';
      return true;
    },
    hasCancelled: () => state !== 'runs',
    told: () => untold,
    end: async () => {
      ended.abort();
      await looked;
    },
  };
}

function isOutdated(begun: readonly LookedProject[], projects: readonly LookedProject[]): boolean {
  const now = new Map(projects.map(({ state, inputs }) => [state.project, inputs]));
  return begun.some(({ state, inputs }) => now.get(state.project) !== inputs);
}
