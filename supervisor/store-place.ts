import { chownSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ContractorError } from '../errors.ts';
import { findIdMap, hostId, idMapArgument } from '../sandbox/id-map.ts';
import type { IdMap } from '../sandbox/id-map.ts';
import type { Store } from '../store/open-store.ts';
import { TREE_FOLDERS } from '../store/store-paths.ts';

/** Where the store is when nobody says: see the XDG Base Directory Specification. */
export function defaultStoreDirectory(env: NodeJS.ProcessEnv = process.env): string {
  const { CONTRACTOR_STORE: store, XDG_STATE_HOME: state } = env;
  return store || join(state || join(homedir(), '.local', 'state'), 'contractor');
}

/**
 * The id map of a store's trees: the user's own, noted in the store at its first
 * build. Trees of one map mean nothing under another, so a store keeps to one.
 */
export function claimIdMap(store: Store): IdMap {
  const idMap = findIdMap();
  const noted = store.getMeta('idMap');
  if (noted === undefined) {
    if (idMap.how === 'direct') giveTrees(store, idMap);
    store.setMeta('idMap', idMapArgument(idMap));
  } else if (noted !== idMapArgument(idMap)) {
    throw new ContractorError(
      'STORE_UNUSABLE',
      `The files in the store ${store.paths.directory} belong to another range of ids than this user has now.`,
      'Run contractor as the user who made the store, or name another with `--store DIR`.',
    );
  }
  return idMap;
}

// As the host's root the trees belong to the map's root, who is nobody on the host.
function giveTrees({ paths: { trees } }: Store, idMap: IdMap): void {
  const uid = hostId(idMap.uid, 0);
  const gid = hostId(idMap.gid, 0);
  for (const path of [trees, ...TREE_FOLDERS.map((folder) => join(trees, folder))]) {
    if (statSync(path).uid !== uid) chownSync(path, uid, gid);
  }
}
