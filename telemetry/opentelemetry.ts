/**
 * What happens in a store, for OpenTelemetry: the package's entry `contractor/opentelemetry`.
 *
 *     import { observeRuns } from 'contractor/opentelemetry';
 *
 *     const observer = observeRuns(supervisor);
 *     // … build, for as long as the program lives …
 *     observer.close();
 *     await supervisor.close();
 *
 * It needs `@opentelemetry/api`, and says nothing to anybody unless the program brings an SDK.
 */
import { diag, metrics, trace } from '@opentelemetry/api';
import type { MeterProvider, TracerProvider } from '@opentelemetry/api';
import type { RunSummary, Supervisor } from '../index.ts';
import { instrumentsOf } from './life-metrics.ts';
import { ObservedRun } from './observed-run.ts';

/** Where the spans and metrics of an observer go, and how often it looks. */
export interface ObserveOptions {
  /** Default: the one that the program has registered. */
  readonly tracerProvider?: TracerProvider;
  /** Default: the one that the program has registered. */
  readonly meterProvider?: MeterProvider;
  /** How often the records are looked at, in milliseconds. Times in spans are exact all the same. Default: 500. */
  readonly lookMs?: number;
}

/** Who tells OpenTelemetry of the runs of a store. */
export interface Observer {
  /** Looks once more, ends every span that is open, and observes no more. Close it before its supervisor; then flush the SDK. */
  close(): void;
}

/** An older run that is gone on with is not noticed. */
const NEWEST_RUNS = 500;

/**
 * Makes spans and metrics of every run that the supervisor's store has from now on, or that is built now, whoever builds it.
 *
 * One observer of a store is enough: two would tell everything twice. What cannot be read is told to OpenTelemetry's
 * `diag`, and looked for again.
 */
export function observeRuns(
  supervisor: Supervisor,
  { tracerProvider, meterProvider, lookMs = 500 }: ObserveOptions = {},
): Observer {
  const world = {
    supervisor,
    tracer: (tracerProvider ?? trace.getTracerProvider()).getTracer('contractor'),
    instruments: instrumentsOf((meterProvider ?? metrics.getMeterProvider()).getMeter('contractor')),
  };
  const since = Date.now();
  const observed = new Map<string, ObservedRun>();
  const isToBeSeen = ({ id, state, endedAt }: RunSummary): boolean =>
    observed.has(id) || state === 'running' || (endedAt !== undefined && endedAt >= since);
  const look = (): void => {
    try {
      const newest = supervisor.runs({ limit: NEWEST_RUNS });
      for (const summary of newest.filter(isToBeSeen)) {
        const run = observed.get(summary.id) ?? new ObservedRun(summary.id, world);
        observed.set(summary.id, run);
        run.look(summary);
      }
      const ids = new Set(newest.map(({ id }) => id));
      for (const [id, run] of observed) if (run.isOver && !ids.has(id)) observed.delete(id);
    } catch (error) {
      diag.warn('contractor: the runs of the store cannot be observed now', error);
    }
  };
  const looking = setInterval(look, lookMs);
  looking.unref();
  return {
    close: () => {
      clearInterval(looking);
      look();
      for (const run of observed.values()) run.breakOff('unobserved', Date.now());
      observed.clear();
    },
  };
}
