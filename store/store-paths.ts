import { join } from 'node:path';

/** Where everything of a store is. */
export interface StorePaths {
  readonly directory: string;
  readonly database: string;
  readonly runs: string;
  readonly keepers: string;
  readonly verify: string;
  readonly trees: string;
}

/**
 * The layout of a store on disk.
 *
 *     contractor.db      SQLite: every record
 *     runs/<run>.lock    who owns a run holds this locked; see run-claims.ts
 *     runs/<run>.progress  how far its steps are, for who follows; see told-progress.ts
 *     keepers/           of the supervisor: a directory for each keeper
 *     verify/<id>/       of the supervisor: a store of its own, in which a project is built twice
 *     trees/             file trees, which have several owners
 *       layers/<id>/     sealed layers, immutable
 *       objects/ab/cd…   file contents, shared by artifacts
 *       artifacts/<name>/<digest>/tree
 *       attempts/<id>/   the live or failed attempt
 *
 * `trees` is one directory because hard links do not cross a mount point: it is
 * bound as a whole wherever layers, objects and artifacts are worked on. As root
 * it belongs to the first id of the range that the trees are mapped to, so its
 * owner need not be that of the store.
 */
export function storePaths(directory: string): StorePaths {
  return {
    directory,
    database: join(directory, 'contractor.db'),
    runs: join(directory, 'runs'),
    keepers: join(directory, 'keepers'),
    verify: join(directory, 'verify'),
    trees: join(directory, 'trees'),
  };
}

/** The directories in `trees/`. */
export const TREE_FOLDERS = ['layers', 'objects', 'artifacts', 'attempts'] as const;
