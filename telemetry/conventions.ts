import type { Outcome, ProjectResult } from '../index.ts';

/**
 * How something ended, in the word of OpenTelemetry's conventions for CI/CD (`cicd.pipeline.result`,
 * `cicd.pipeline.task.run.result`): https://opentelemetry.io/docs/specs/semconv/cicd/.
 */
export type CicdResult = 'success' | 'failure' | 'error' | 'timeout' | 'cancellation' | 'skip';

/** The same of a run or a project. */
export function resultWord(result: ProjectResult): CicdResult {
  switch (result) {
    case 'built':
      return 'success';
    case 'failed':
      return 'failure';
    case 'cancelled':
      return 'cancellation';
    case 'skipped':
      return 'skip';
  }
}

/** The same of a step: `failure` is what its command did, `error` what was done to it. */
export function outcomeWord({ type }: Outcome): CicdResult {
  switch (type) {
    case 'succeeded':
      return 'success';
    case 'failed':
      return 'failure';
    case 'timed-out':
      return 'timeout';
    case 'cancelled':
      return 'cancellation';
    case 'killed':
    case 'limit-hit':
    case 'refused':
    case 'interrupted':
      return 'error';
  }
}

/** The action of a step, by its id: `2-shell`. */
export const actionOf = (step: string): string => step.replace(/^\d+-/, '');
