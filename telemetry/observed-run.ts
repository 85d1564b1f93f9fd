import type { Tracer } from '@opentelemetry/api';
import type { BuildEvent, RunSummary, Supervisor } from '../index.ts';
import { LifeMetrics } from './life-metrics.ts';
import type { Instruments } from './life-metrics.ts';
import { LifeTrace } from './life-trace.ts';
import { usedArtifacts } from './used-artifacts.ts';

/** What runs are observed with. */
export interface ObservedWorld {
  readonly supervisor: Supervisor;
  readonly tracer: Tracer;
  readonly instruments: Instruments;
}

/** One run as an observer sees it: its events so far, and the life that it has now. */
export class ObservedRun {
  private seq = 0;
  /** It has ended, and nothing more comes of it. */
  isOver = false;
  private life: { readonly trace: LifeTrace; readonly metrics: LifeMetrics } | undefined;

  private readonly id: string;
  private readonly world: ObservedWorld;

  constructor(id: string, world: ObservedWorld) {
    this.id = id;
    this.world = world;
  }

  /** Takes what has happened since it was looked at last. `summary` is from before that. */
  look(summary: RunSummary): void {
    if (this.isOver) return;
    const events = this.world.supervisor.events(this.id, this.seq);
    for (const event of this.seq === 0 ? lifeOf(events, summary) : events) this.add(event);
    const isLeft = summary.state !== 'running' && summary.endedAt === undefined;
    if (isLeft && events.length === 0) this.breakOff(summary.state === 'paused' ? 'paused' : 'interrupted', Date.now());
  }

  /** Ends the life that it has, if it has one. */
  breakOff(because: 'paused' | 'interrupted' | 'unobserved', at: number): void {
    this.life?.trace.breakOff(because, at);
    this.life?.metrics.breakOff();
    this.life = undefined;
  }

  private add(event: BuildEvent): void {
    if ('seq' in event) this.seq = event.seq;
    if (event.type === 'run-started') {
      this.breakOff('interrupted', event.at);
      const uses = usedArtifacts(this.id, this.world);
      this.life = {
        trace: new LifeTrace(event, { tracer: this.world.tracer, uses }),
        metrics: new LifeMetrics(event, this.world.instruments),
      };
    }
    this.life?.trace.add(event);
    this.life?.metrics.add(event);
    if (event.type !== 'run-ended') return;
    this.isOver = true;
    this.life = undefined;
  }
}

/**
 * Of a run that was not observed before, the events of its last life: those before it were told by who observed them.
 * Empty as long as the process that owns it has not begun.
 */
function lifeOf(events: readonly BuildEvent[], { owner }: RunSummary): readonly BuildEvent[] {
  const from = events.findLastIndex(({ type }) => type === 'run-started');
  const started = events[from];
  const hasBegun = started !== undefined && (owner === undefined || started.at >= owner.since);
  return hasBegun ? events.slice(from) : [];
}
