import type { IdMap } from '../sandbox/id-map.ts';
import type { Store } from '../store/open-store.ts';
import type { ListedArtifact } from '../store/records/artifacts.ts';
import type { Clocks } from './clocks.ts';
import type { ArtifactVersion } from './shelf.ts';

/** What the shelf works with; the id map is asked for only when trees are touched. */
export interface ShelfWorld extends Clocks {
  readonly store: Store;
  readonly bootId: string;
  idMap(): IdMap;
  newId(): string;
}

/** A record as the public API shows it. */
export function versionOf(record: ListedArtifact): ArtifactVersion {
  const { name, version, digest, entries, files, sizeBytes, createdAt, isKept, madeBy } = record;
  return {
    name,
    version,
    digest,
    entries,
    files,
    sizeBytes,
    createdAt,
    ...(isKept ? { isKept } : {}),
    ...(madeBy === null ? {} : { madeBy }),
  };
}
