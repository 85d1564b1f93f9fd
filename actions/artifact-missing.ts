import type { Outcome } from '../machines/outcome.ts';

/** The outcome of a step whose artifact is gone from the store since the build began. */
export function artifactMissing(name: string): Outcome {
  return {
    type: 'refused',
    code: 'ARTIFACT_UNKNOWN',
    message: `The store holds no artifact \`${name}\`.`,
    mend: 'Build the project that makes it, or import it with `contractor artifact import`.',
  };
}
