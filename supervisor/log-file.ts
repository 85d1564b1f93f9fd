import { join } from 'node:path';
import type { Store } from '../store/open-store.ts';
import { findAttempt } from './find-attempt.ts';
import type { AttemptReference } from './attempt-reference.ts';

/** Where the whole output of an attempt is. */
export function logFileOf(store: Store, reference: AttemptReference): string {
  const { id, reusedFrom } = findAttempt(store, reference).record;
  return join(store.paths.trees, 'attempts', reusedFrom ?? id, 'log');
}
