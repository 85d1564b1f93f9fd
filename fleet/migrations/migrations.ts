import { runs } from './0001-runs.ts';
import { workers } from './0002-workers.ts';
import { holdings } from './0003-holdings.ts';
import { checkpoints } from './0004-checkpoints.ts';

/** In the order in which they are made; the number of one is its place, from 1. One that has been released never changes. */
export const MIGRATIONS: readonly string[] = [runs, workers, holdings, checkpoints];
