import type { GarbageFacts, RunFacts } from '../../store/records/garbage.ts';
import type { WholeGcPolicy } from './gc-policy.ts';

/** All that decides what goes: data, so that the decision is a function of it. */
export interface GarbageView {
  readonly facts: GarbageFacts;
  readonly policy: WholeGcPolicy;
  /** By the clock that the records are told by: what their age is counted from. */
  readonly now: number;
  /** By the host's clock: for what another process may be about just now. */
  readonly hostNow: number;
  /** Runs that a shell looks into at this moment. */
  readonly inUse: ReadonlySet<string>;
  /** Whether the file of a specification is there. Of one that is gone nothing will be built again under its name. */
  readonly hasFile: (source: string) => boolean;
  /** The steps of each project of a run's specification; undefined where that is not known. */
  readonly stepsOf: (run: string) => ReadonlyMap<string, ReadonlySet<string>> | undefined;
}

/**
 * What a run is one of a series of: the runs of one file. All that are of no file, or of one that is gone, are one
 * series, lest each checkout in a directory of its own leave something for good.
 */
export function seriesOf({ source }: RunFacts, { hasFile }: Pick<GarbageView, 'hasFile'>): string {
  return source !== null && hasFile(source) ? source : '';
}
