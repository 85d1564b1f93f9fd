import type { Supervisor, BuildPolicy } from '../index.ts';
import type { ArtifactExchange } from './artifact-exchange.ts';
import type { Database } from './database.ts';
import type { Patience } from './persistently.ts';
import type { Queue } from './queue.ts';

/** What a worker builds with. */
export interface WorkPlace {
  /** Which worker this is, also after it was started again. */
  readonly worker: string;
  readonly supervisor: Supervisor;
  readonly database: Database;
  readonly queue: Queue;
  readonly exchange: ArtifactExchange;
  readonly patience: Patience;
  /** What this worker admits of specifications. */
  readonly policy?: BuildPolicy;
  readonly now: () => number;
}
