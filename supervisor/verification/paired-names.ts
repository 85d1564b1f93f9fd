import { posix } from 'node:path';
import { bytePath } from '../../store/trees/byte-path.ts';
import type { TwoBuilds } from '../../store/trees/causes/cause.ts';
import { causesOf } from '../../store/trees/causes/causes-of.ts';
import type { EntryDifference } from './verification.ts';

/** In a directory with more that is only in one of the builds, names are not compared: each would be with each. */
const MOST_NAMES = 200;

/**
 * Tells of what only the second build has which name it stands in the place of: one beside it that only the first build
 * has, and that differs from it by known causes alone, as `tmpA4PE` from `tmpDkcj`.
 */
export function withPairedNames(changes: readonly EntryDifference[], builds: TwoBuilds): EntryDifference[] {
  const removed = Map.groupBy(
    changes.filter(({ type }) => type === 'removed'),
    ({ path }) => posix.dirname(path),
  );
  return changes.map((change): EntryDifference => {
    const candidates = change.type === 'added' ? (removed.get(posix.dirname(change.path)) ?? []) : [];
    if (candidates.length > MOST_NAMES) return change;
    for (const [index, candidate] of candidates.entries()) {
      if (candidate.before?.type !== change.after?.type) continue;
      const [one, other] = [candidate, change].map(({ path }) => Buffer.from(bytePath(posix.basename(path)), 'latin1'));
      const causes = one === undefined || other === undefined ? [] : causesOf(one, other, builds);
      if (causes.length === 0) continue;
      candidates.splice(index, 1);
      return { ...change, insteadOf: { path: candidate.path, causes } };
    }
    return change;
  });
}
