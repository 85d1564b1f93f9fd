import { setImmediate as immediate } from 'node:timers/promises';
import type { BuildEvent, RunSummary, Supervisor } from '../../index.ts';
import { Histogram, Tally } from './tally.ts';

/** Where a run stands that has not ended. */
type LiveState = Exclude<RunSummary['state'], 'built' | 'failed' | 'cancelled'>;

const LIVE_STATES: readonly LiveState[] = ['running', 'adoptable', 'interrupted', 'paused'];

/** From a hundredth of a second to four hours. */
const SECONDS = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 3600, 14_400];

/**
 * What the store's records tell of its runs, summed up.
 *
 * Each event is read once, so that being asked often costs little. Sums never fall as long as the inspector
 * lives, whatever `gc` removes meanwhile; they begin with what the store has.
 */
export class RunCounts {
  readonly runs: Tally = new Tally('result');
  readonly projects: Tally = new Tally('result');
  readonly reused: Tally = new Tally('action');
  readonly runSeconds: Histogram = new Histogram(SECONDS, 'result');
  readonly stepSeconds: Histogram = new Histogram(SECONDS, 'action', 'outcome');
  /** As they are now. */
  live: ReadonlyMap<LiveState, number> = new Map();
  liveProjects = 0;
  private readonly known = new Map<string, { seq: number; hasEnded: boolean; readonly projects: Set<string> }>();
  private readonly supervisor: Supervisor;
  private reading: Promise<void> = Promise.resolve();

  constructor(supervisor: Supervisor) {
    this.supervisor = supervisor;
  }

  /** Reads what has been recorded since. One after the other, so that nothing is counted twice. */
  async update(): Promise<void> {
    const reading = this.reading.then(() => this.read());
    this.reading = reading.catch(() => undefined);
    await reading;
  }

  private async read(): Promise<void> {
    const summaries = this.supervisor.runs();
    const live = new Map(LIVE_STATES.map((state) => [state, 0]));
    let liveProjects = 0;
    for (const { id, state, endedAt } of summaries) {
      const run = this.known.get(id) ?? { seq: 0, hasEnded: false, projects: new Set<string>() };
      this.known.set(id, run);
      if (!run.hasEnded) {
        for (const event of this.supervisor.events(id, run.seq)) {
          if ('seq' in event) run.seq = event.seq;
          this.add(event, run.projects);
        }
        // What ends between the two questions is read again.
        run.hasEnded = endedAt !== undefined;
        await immediate();
      }
      if (state === 'built' || state === 'failed' || state === 'cancelled') continue;
      live.set(state, (live.get(state) ?? 0) + 1);
      if (state === 'running') liveProjects += run.projects.size;
    }
    const there = new Set(summaries.map(({ id }) => id));
    for (const id of this.known.keys()) if (!there.has(id)) this.known.delete(id);
    this.live = live;
    this.liveProjects = liveProjects;
  }

  private add(event: BuildEvent, projects: Set<string>): void {
    switch (event.type) {
      case 'run-started':
        projects.clear();
        break;
      case 'project-started':
      case 'step-started':
      case 'step-adopted':
        projects.add(event.project);
        break;
      case 'step-reused':
        this.reused.add(actionOf(event.step));
        break;
      case 'step-ended':
        this.stepSeconds.add(event.durationMs / 1000, actionOf(event.step), event.outcome.type);
        break;
      case 'project-paused':
        projects.delete(event.project);
        break;
      case 'project-ended':
        projects.delete(event.project);
        this.projects.add(event.result);
        break;
      case 'run-ended':
        this.runs.add(event.result);
        this.runSeconds.add(event.durationMs / 1000, event.result);
        break;
      case 'step-waiting':
      case 'step-dropped':
      case 'step-progress':
      case 'artifact-published':
    }
  }
}

/** The action of a step, by its id: `2-shell`. */
const actionOf = (step: string): string => step.replace(/^\d+-/, '');
