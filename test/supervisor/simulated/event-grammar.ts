import type { BuildEvent } from '../../../supervisor/build-event.ts';
import { timeProblems } from './program-clock.ts';

/** What may come next for a project, as far as its events tell. */
interface ProjectState {
  type: 'waiting' | 'open' | 'in-attempt' | 'ended';
  /** The attempt that was started last and has not ended; it may have been begun by an earlier process. */
  live: string | undefined;
  /** Attempts that a power cut has ended, of steps that come again once those before them are built anew. */
  readonly left: Set<string>;
  result: string | undefined;
}

/**
 * What is wrong with the events of a run, from the first on. Within one process,
 * which begins with `run-started`:
 *
 *     run     = run-started project* run-ended?
 *     project = project-started attempt* project-ended | project-ended(skipped)
 *     attempt = step-waiting* (step-started | step-adopted) artifact-published? step-ended
 *             | step-ended(of what an earlier process has begun: cut off)
 */
export function eventProblems(
  events: readonly BuildEvent[],
  { hadPowerCut, longestMs }: { readonly hadPowerCut: boolean; readonly longestMs: number },
): string[] {
  const wrong: string[] = [...timeProblems(events, longestMs)];
  const projects = new Map<string, ProjectState>();
  const stateOf = (name: string): ProjectState => {
    const state = projects.get(name) ?? { type: 'waiting', live: undefined, left: new Set(), result: undefined };
    projects.set(name, state);
    return state;
  };
  for (const [index, event] of events.entries()) {
    if (event.type === 'step-progress') continue;
    const say = (what: string): void => void wrong.push(`event ${event.seq} ${JSON.stringify(event)}: ${what}`);
    if (event.seq !== index + 1) say(`the ${index + 1}th`);
    if (event.type === 'run-started') {
      if (event.resumed !== index > 0) say('resumed?');
      for (const { name, result } of event.projects) {
        const state = stateOf(name);
        const hasEnded = state.result === 'built' || state.result === 'failed';
        // What was not flushed is forgotten, with the ends that hang on it; the events stay.
        if (result === undefined && hasEnded && !hadPowerCut) say(`${name} had ended`);
        if (result !== undefined && state.result !== result) say(`${name} had not ended so`);
        state.type = result === undefined ? 'waiting' : 'ended';
        if (!hadPowerCut || state.live === undefined) continue;
        state.left.add(state.live);
        state.live = undefined;
      }
      continue;
    }
    if (event.type === 'run-ended') {
      if (index !== events.length - 1) say('not the last');
      for (const [name, { type }] of projects) if (type !== 'ended') say(`${name} has not ended`);
      continue;
    }
    const state = stateOf(event.project);
    const expect = (...types: readonly ProjectState['type'][]): void => {
      if (!types.includes(state.type)) say(`while ${state.type}`);
    };
    switch (event.type) {
      case 'project-started':
        expect('waiting');
        state.type = 'open';
        break;
      case 'project-paused':
        say('nobody asked for it');
        break;
      case 'step-waiting':
      case 'step-reused':
      case 'step-dropped':
        expect('open');
        break;
      case 'step-started':
        expect('open');
        if (state.live !== undefined) say(`${state.live} has not ended`);
        state.live = event.attemptId;
        state.type = 'in-attempt';
        break;
      case 'step-adopted':
        expect('open');
        if (state.live !== event.attemptId && !state.left.delete(event.attemptId)) say('nobody had begun it');
        state.live = event.attemptId;
        state.type = 'in-attempt';
        break;
      case 'artifact-published':
        expect('in-attempt');
        break;
      case 'step-ended':
        expect('in-attempt', 'open');
        if (state.left.delete(event.attemptId)) break;
        if (state.live !== event.attemptId) say('it did not run');
        state.live = undefined;
        state.type = 'open';
        break;
      case 'project-ended':
        expect(event.result === 'skipped' ? 'waiting' : 'open');
        if (state.live !== undefined && event.result !== 'skipped') say(`${state.live} has not ended`);
        state.type = 'ended';
        state.result = event.result;
    }
  }
  if (events.filter(({ type }) => type === 'run-ended').length !== 1) wrong.push('not one run-ended');
  return wrong;
}
