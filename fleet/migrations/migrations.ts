import { runs } from './0001-runs.ts';
import { workers } from './0002-workers.ts';
import { oldest } from './0003-oldest.ts';
import { holdings } from './0004-holdings.ts';
import { checkpoints } from './0005-checkpoints.ts';

/**
 * One change of the schema. It holds what others write for moments only, and programs that know fewer migrations go on
 * after it, as long as they know `oldest`: workers run for weeks, and never all end at once.
 */
export interface Migration {
  readonly sql: string;
  /** How many migrations a program has to know to use the database from here on; by default one. Recorded from the third on. */
  readonly oldest?: number;
}

/** In the order in which they are made; the number of one is its place, from 1. One that has been released never changes. */
export const MIGRATIONS: readonly Migration[] = [
  { sql: runs },
  { sql: workers },
  { sql: oldest },
  { sql: holdings },
  { sql: checkpoints },
];
