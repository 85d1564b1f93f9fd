import type { Step } from '../../spec-schema/build-spec.ts';
import type { RunPausing } from '../run-pausing.ts';
import type { Cause } from './cause.ts';

/** What is asked of a build about results of earlier ones; kept with the run. */
export interface ReuseOptions {
  /** Nothing is taken over. */
  readonly noCache?: boolean;
  /** Nothing is, as it is one of the builds that a project is verified by. */
  readonly verifies?: boolean;
  /** Nothing of these projects is. */
  readonly rebuild?: readonly string[];
  /** Nothing of a step before which the build is to pause. */
  readonly pausing?: RunPausing;
}

/** Why no earlier result is to be taken for a step, however well it fits; undefined when one may be. */
export function refusesReuse({
  noCache = false,
  verifies = false,
  rebuild = [],
  pausing,
}: ReuseOptions): (project: string, step: Step) => Cause | undefined {
  const rebuilt = new Set(rebuild);
  return (project, step) => {
    if (verifies) return { type: 'asked', by: 'verify' };
    if (noCache) return { type: 'asked', by: 'no-cache' };
    if (rebuilt.has(project)) return { type: 'asked', by: 'rebuild' };
    if (step.cache === 'never') return { type: 'never-cached' };
    return pausing?.before[project]?.includes(step.id) === true ? { type: 'asked', by: 'break' } : undefined;
  };
}
