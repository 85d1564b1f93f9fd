import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { assert, ContractorError } from '../errors.ts';
import type { Database } from './database.ts';
import { storeDamaged } from './sqlite-refusal.ts';
import { TREE_FOLDERS } from './store-paths.ts';

/** Marks a SQLite file as ours: "ctor" in ASCII, `PRAGMA application_id`. */
const APPLICATION_ID = 0x63746f72;

/**
 * Whether `database` is a store, and of which version; 0 is a new, empty one.
 *
 * @throws STORE_OF_OTHER_VERSION when a newer contractor has made it,
 *   STORE_DAMAGED when something else has.
 */
export function storeVersion(database: Database, migrations: readonly string[]): number {
  // One statement, so that another process cannot migrate in between.
  const [found] = database.all<{ application: number; version: number; tables: number }>(
    `SELECT (SELECT application_id FROM pragma_application_id) AS application,
            (SELECT user_version FROM pragma_user_version) AS version,
            (SELECT count(*) FROM sqlite_schema) AS tables`,
  );
  assert(found);
  const { application, version, tables } = found;
  if (application === 0 && version === 0 && tables === 0) return 0;
  if (application !== APPLICATION_ID) throw storeDamaged(`The database \`${database.file}\` is not one of contractor.`);
  if (version > migrations.length) {
    throw new ContractorError(
      'STORE_OF_OTHER_VERSION',
      `The store of \`${database.file}\` has version ${version}; this contractor knows versions up to ${migrations.length}.`,
      'Use the newer contractor that made it, or choose another store with `--store DIR`.',
    );
  }
  return version;
}

/**
 * Brings a store to the version of `migrations`, all of it or nothing.
 *
 * Several processes may do this at once: the first one does it, the others wait
 * and find it done. A database without a table beside trees that have content
 * has lost its records; it is refused, not filled anew.
 */
export function migrate(
  database: Database,
  { migrations, trees }: { migrations: readonly string[]; trees: string },
): void {
  if (storeVersion(database, migrations) === migrations.length) return;
  // This one commit is on disk before anything else is made: a power cut must not leave trees without records.
  database.exec('PRAGMA synchronous = FULL');
  database.transaction(() => {
    const version = storeVersion(database, migrations);
    if (version === 0 && TREE_FOLDERS.some((folder) => hasContent(join(trees, folder)))) {
      throw storeDamaged(`The database \`${database.file}\` is empty, but there are trees in \`${trees}\`.`);
    }
    for (const migration of migrations.slice(version)) database.exec(migration);
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${migrations.length}`);
  });
  database.exec('PRAGMA synchronous = NORMAL');
}

function hasContent(directory: string): boolean {
  return existsSync(directory) && readdirSync(directory).length > 0;
}
