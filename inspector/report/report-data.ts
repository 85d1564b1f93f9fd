import type { BuildEvent, Receipt } from '../../index.ts';
import type { ProjectFacts, RunFacts } from '../facts.ts';

/** All that a report holds. JSON. */
export interface ReportData {
  readonly facts: RunFacts;
  /** When it was written, in milliseconds since 1970. */
  readonly writtenAt: number;
  readonly events: readonly BuildEvent[];
  readonly projects: Readonly<Record<string, ProjectFacts>>;
  /** By {@link logKey}, those that there are. */
  readonly receipts: Readonly<Record<string, Receipt>>;
  /** By {@link logKey}. */
  readonly logs: Readonly<Record<string, ReportLog>>;
}

/** A log, or its beginning and its end. */
export interface ReportLog {
  readonly sizeBytes: number;
  readonly text: string;
}

export function logKey({ project, step, attempt }: { project: string; step: string; attempt: number }): string {
  return `${project}:${step}:${attempt}`;
}
