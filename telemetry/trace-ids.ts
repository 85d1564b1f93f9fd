import { createHash } from 'node:crypto';
import { TraceFlags } from '@opentelemetry/api';
import type { SpanContext } from '@opentelemetry/api';

/**
 * The parent of all that is told of a run: its ids come from the run's own alone.
 *
 * So each process that goes on with a run, and each that takes an artifact of it, knows its trace without
 * having met those before. No span has these ids: a tracer gives its own to every span that it makes.
 *
 *     trace id   the first 16 bytes of SHA-256 of `contractor run ID`
 *     span id    the 8 bytes after them
 */
export function originOf(run: string): SpanContext {
  const digest = createHash('sha256').update(`contractor run ${run}`).digest('hex');
  return {
    traceId: digest.slice(0, 32),
    spanId: digest.slice(32, 48),
    traceFlags: TraceFlags.SAMPLED,
    isRemote: true,
  };
}
