import { beginBuild } from '../begin-build.ts';
import type { BuildPlace } from '../begin-build.ts';
import type { BareRun, Run } from '../run.ts';
import type { SpecSource } from '../spec-source.ts';
import type { WatchOptions } from '../supervisor.ts';
import { alarmsFor } from './alarms.ts';
import { hostWait } from './clock.ts';
import type { HintBox } from './hints.ts';
import { HostWatch } from './host-watch.ts';
import { Looker } from './looker.ts';
import type { LookedSpec } from './looker.ts';
import type { WatchEvent } from './watch.ts';
import { watchLoop } from './watch-loop.ts';

const DEFAULT_POLL_MS = 60_000;

/** What is watched with. */
export interface WatchPlace extends BuildPlace {
  readonly keepLive: (run: BareRun) => Run;
}

/** Watches a specification on this host until `signal` aborts. */
export async function* watchEvents(
  source: SpecSource,
  given: WatchOptions,
  { place, hints, signal }: { readonly place: WatchPlace; readonly hints: HintBox; readonly signal: AbortSignal },
): AsyncGenerator<WatchEvent, void, undefined> {
  const { pollMs = DEFAULT_POLL_MS, restart = false, projects: named, ...options } = given;
  const watch = new HostWatch(hints);
  const looker = new Looker(source, { ...given, pollMs }, { place, watch, signal });
  using alarms = alarmsFor(hints, { pollMs }, place);
  const ports = {
    ...hostWait,
    now: place.now,
    hostNow: place.hostNow,
    hints,
    restart,
    look: async (...taken: Parameters<Looker['look']>) => {
      const look = await looker.look(...taken);
      if (look.type === 'found') alarms.set(look);
      return look;
    },
    build: async ({ spec, source, world, projects }: LookedSpec, names: readonly string[]) => {
      // What failed and is as it was is left out; else the run is of all that is watched, as a build of it would be.
      const isWhole = projects.filter(({ state }) => state.type !== 'current').length === names.length;
      const chosen = isWhole ? named : names;
      const told = { ...options, ...(chosen === undefined ? {} : { projects: chosen }), keepGoing: true };
      return place.keepLive(await beginBuild({ spec, source }, { ...told, outside: world, signal }, place));
    },
  };
  try {
    yield* watchLoop(ports, signal);
  } catch (error) {
    if (!signal.aborted) throw error; // What is closed cannot be looked at any more.
  } finally {
    watch.close();
  }
}
