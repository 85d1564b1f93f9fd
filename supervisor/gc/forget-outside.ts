import { lstatSync } from 'node:fs';
import { actionSet } from '../../actions/action-set.ts';
import { lookOf } from '../../actions/contents-digest.ts';
import type { BuildSpec } from '../../spec-schema/build-spec.ts';
import type { Store } from '../../store/open-store.ts';
import type { RunOptions } from '../run-options.ts';

/** Actions that a program has defined ask nothing. */
const BUILT_IN = actionSet();

/** So many files are looked at before the store is asked for more of them, and others get their turn with it. */
const FILES_AT_ONCE = 1000;

/**
 * Forgets what is known of the world outside and can serve nobody: hashes of files that are gone or look another way,
 * and answers to questions that no run which is left has asked, when they are older than `before`. Both are caches: at
 * the worst a file is read again, or a server asked. @returns how many went
 */
export function forgetOutside(
  store: Pick<Store, 'fileLooks' | 'forgetOutside' | 'questionsBefore' | 'listRuns' | 'getRun'>,
  before: number,
): number {
  return forgetAnswers(store, before) + forgetHashes(store);
}

function forgetAnswers(
  store: Pick<Store, 'forgetOutside' | 'questionsBefore' | 'listRuns' | 'getRun'>,
  before: number,
): number {
  const open = new Set(store.questionsBefore(before));
  if (open.size === 0) return 0;
  const read = new Set<string>();
  // One run after the other, as the specifications of all may be more than fits into memory; most are of one text.
  for (const { id, source, specDigest } of store.listRuns()) {
    const name = `${specDigest} ${source ?? id}`;
    if (read.has(name)) continue;
    read.add(name);
    for (const question of questionsOfRun(store.getRun(id))) open.delete(question);
    if (open.size === 0) return 0;
  }
  return store.forgetOutside({ questions: [...open], askedBefore: before, looks: [] });
}

/** What another version has recorded may say what this one cannot read: then its answers are no use to this one. */
function questionsOfRun(run: { readonly spec: unknown; readonly options: unknown } | undefined): string[] {
  const spec = run?.spec as BuildSpec | null | undefined;
  const options = run?.options as Partial<RunOptions> | null | undefined;
  if (!spec || typeof options?.directory !== 'string') return [];
  const place = { specDirectory: options.directory };
  return spec.projects.flatMap(({ steps }) =>
    steps.flatMap((step) => {
      try {
        const { outside } = BUILT_IN.named(step.action);
        return outside?.isRemote(step) === true ? [outside.question(step, place)] : [];
      } catch {
        return [];
      }
    }),
  );
}

function forgetHashes(store: Pick<Store, 'fileLooks' | 'forgetOutside'>): number {
  let count = 0;
  let after = '';
  for (;;) {
    const known = store.fileLooks(after, FILES_AT_ONCE);
    const looks = known.filter(({ path, look }) => look !== lookNow(path));
    if (looks.length > 0) count += store.forgetOutside({ questions: [], askedBefore: 0, looks });
    const last = known.at(-1);
    if (last === undefined) return count;
    after = last.path;
  }
}

/** Paths are kept as latin-1, in which any bytes are text. */
function lookNow(path: string): string | undefined {
  try {
    return lookOf(lstatSync(Buffer.from(path, 'latin1'), { bigint: true }));
  } catch {
    return undefined; // It is gone, or not ours to see.
  }
}
