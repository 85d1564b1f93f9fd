import type { Run } from '../run.ts';
import { NO_HINTS, together } from './hints.ts';
import { refusalOf } from './refusal-of.ts';
import { joined, settledLook } from './settled-look.ts';
import type { Found, WatchPorts, WatchRefused } from './settled-look.ts';
import type { WatchEvent } from './watch.ts';
import { watchedBuild } from './watched-build.ts';
import { whatToBuild } from './what-to-build.ts';
import type { LookedProject, Tried } from './what-to-build.ts';

/** So many builds, each of which something made out of date while it ran, may be chance; more of them are slowed down. */
const MOST_IN_A_ROW = 4;
const LONGEST_PAUSE_MS = 60_000;

/**
 * Looks, builds what is out of date, waits for a hint, and begins anew, until `signal` aborts.
 *
 *     ┌─► look ──── something is out of date ──► build ──┐
 *     │     └────── nothing ──► idle ──► hints ──► join ─┤
 *     └──────────────────────────────────────────────────┘
 *
 * Hints only wake; what is built, the look alone decides. So a change that is taken back builds nothing, and a hint
 * that comes while something is looked at or built is still there afterwards.
 */
export async function* watchLoop<L extends Found>(
  ports: WatchPorts<L>,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent, void, undefined> {
  const { hints, now } = ports;
  const tried = new Map<string, Tried>();
  let untold = NO_HINTS;
  let refused = ''; // What was said last, so that it is not said again.
  let isIdle = false;
  let inARow = 0;
  for (let waits = false; ;) {
    if (waits) await hints.next(signal);
    if (inARow > MOST_IN_A_ROW) await ports.wait(pauseAfter(inARow), signal);
    else if (!hints.isEmpty) await joined(ports, signal);
    if (signal.aborted) return;
    const { look, told } = await settledLook(ports, signal);
    if (signal.aborted) return;
    waits = true;
    const { changes, more } = together(untold, told);
    untold = NO_HINTS;
    if (changes.length > 0) yield { type: 'change-noticed', at: now(), changes, more };
    yield* look.notices;
    if (changes.length > 0 || look.notices.length > 0) isIdle = false;
    if (changes.some((change) => change.of === 'request')) tried.clear();
    if (look.type === 'refused') {
      if (refused !== textOf(look.refusal)) yield look.refusal;
      refused = textOf(look.refusal);
      isIdle = false;
      continue;
    }
    for (const { state } of look.projects) if (state.type === 'current') tried.delete(state.project);
    const { build, failed, held } = whatToBuild(look.projects, tried);
    if (build.length === 0) {
      const current = look.projects.flatMap(({ state }) => (state.type === 'current' ? [state.project] : []));
      if (!isIdle) yield { type: 'watch-idle', at: now(), current, failed, held };
      isIdle = true;
      inARow = 0;
      refused = '';
      continue;
    }
    isIdle = false;
    const begun = look.projects.filter(({ state }) => build.includes(state.project));
    try {
      const run: Run = await ports.build(look, build);
      refused = '';
      inARow += 1;
      yield { type: 'build-needed', at: now(), because: begun.flatMap(causesOf) };
      untold = yield* watchedBuild(run, { begun, tried, ports, signal });
      waits = false; // What changed meanwhile, and what came of it.
    } catch (error) {
      const refusal = refusalOf(error, now());
      if (refused !== textOf(refusal)) yield refusal;
      refused = textOf(refusal);
    }
  }
}

function pauseAfter(inARow: number): number {
  return Math.min(LONGEST_PAUSE_MS, 1000 * 2 ** (inARow - MOST_IN_A_ROW - 1));
}

function causesOf({ state }: LookedProject): Extract<WatchEvent, { type: 'build-needed' }>['because'] {
  return state.type === 'stale' ? [{ project: state.project, step: state.step, cause: state.because }] : [];
}

function textOf({ code, message }: WatchRefused): string {
  return `${code} ${message}`;
}
