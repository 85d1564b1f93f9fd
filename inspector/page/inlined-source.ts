import type { Source } from './source.ts';

/** The run that this page holds itself, when it is a report. */
export function inlinedSource(): Source | undefined {
  return undefined;
}
