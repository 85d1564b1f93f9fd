import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ContractorError } from '../errors.ts';
import type { Store } from '../store/open-store.ts';

/** Ids are names of files, of control groups, and what people type: short, without letters that a shell or a path knows. */
const ID = /^[a-z0-9]{6,32}$/;

/** Those that were given last, and may not be recorded yet. */
const REMEMBERED = 10_000;

/**
 * The ids of a program's own source, each checked before anything is done with it: it has to be fit for a path, and nobody else's.
 * The built-in source needs none of this.
 */
export function checkedIds(source: () => string, store: () => Store): () => string {
  const given = new Set<string>();
  return () => {
    const id: unknown = source();
    if (typeof id !== 'string' || !ID.test(id)) {
      throw refused(`gave ${JSON.stringify(id) ?? 'nothing'}, which is no id`);
    }
    if (given.has(id) || isUsed(id, store())) throw refused(`gave \`${id}\`, which is in use`);
    given.add(id);
    const [oldest] = given;
    if (given.size > REMEMBERED && oldest !== undefined) given.delete(oldest);
    return id;
  };
}

function isUsed(id: string, store: Store): boolean {
  return (
    store.getRun(id) !== undefined ||
    store.getAttempt(id) !== undefined ||
    existsSync(join(store.paths.keepers, id)) ||
    existsSync(join(store.paths.trees, 'attempts', id))
  );
}

function refused(what: string): ContractorError {
  return new ContractorError(
    'OPTION_INVALID',
    `The id source of this program (\`newId\`) ${what}.`,
    'Have it give 6 to 32 lower-case letters and digits, and no id twice in the life of the store. What was recorded is whole, and can be resumed.',
  );
}
