import type {
  PlaceUser,
  PrunePlaceOptions,
  PrunePlaceReport,
  PullReport,
  PushOptions,
  PushReport,
  RemoteReference,
  TransferOptions,
} from './exchange/exchange.ts';
import type { InstalledPackage } from '../store/trees/installed-packages.ts';
import type { VerifiedProvenance } from './verify-provenance.ts';

/** The artifacts of a store. A reference is `name` (the newest version) or `name@3`. */
export interface ArtifactShelf {
  /** By name, newest version first. */
  list(): readonly ArtifactVersion[];
  show(reference: string): ArtifactDetails;
  /** Writes a tar archive (zstd when the name ends in `.zst`), or a directory when it ends in `/` or is one. Refuses to overwrite. */
  exportTo(
    reference: string,
    path: string,
    onProgress?: (progress: { bytes: number }) => void,
  ): Promise<{ bytes: number }>;
  /** Makes a new version from a tar archive (plain, gzip, xz or zstd by its content) or from a directory. */
  importFrom(name: string, path: string): Promise<ArtifactVersion & { readonly isNew: boolean }>;
  /** Refuses (`ARTIFACT_IN_USE`) while an unfinished run uses it, or when it is kept. */
  remove(reference: string): Promise<{ freedBytes: number }>;
  /** Keeps a version, whatever the policy of `gc` says, or releases it. */
  keep(reference: string, options?: { readonly release?: boolean }): ArtifactVersion;
  /** Reads all of it, and what is recorded of how it came about. */
  verify(reference: string): Promise<{
    ok: boolean;
    problems: readonly { path: string; problem: string }[];
    provenance: VerifiedProvenance;
  }>;
  /**
   * How it came about: the text of an in-toto statement with a SLSA provenance predicate, and its SHA-256.
   * @throws RECEIPT_UNKNOWN of an imported one, or one that an older version has made
   */
  provenance(reference: string): { readonly statement: string; readonly digest: string };
  /**
   * Sends an artifact to a place that stores share: a directory, as `file:/path`, `/path` or `./path`. What is
   * there is not sent; a push that was cut off is gone on with. Others find the artifact once it is there whole.
   * @throws ARTIFACT_UNKNOWN, ARTIFACT_DAMAGED, PLACE_UNUSABLE
   */
  push(reference: string, place: string, options?: PushOptions): Promise<PushReport>;
  /**
   * Fetches an artifact from a place: `name` (what was pushed last), `name@` with its digest or 12 digits of it, or both apart. What
   * the store has is not fetched, and each byte that arrives is compared with its hash.
   * @throws ARTIFACT_UNKNOWN, PLACE_DAMAGED when anything is not as it was sent, PLACE_UNUSABLE
   */
  pull(reference: string | RemoteReference, place: string, options?: TransferOptions): Promise<PullReport>;
  /**
   * Makes a place where it is not there, and tries whether something can be written: before work whose results are to go there. A `user`
   * is noted there: no prune forgets artifacts any more without asking it.
   * @throws PLACE_UNUSABLE
   */
  preparePlace(place: string, options?: { readonly user?: Pick<PlaceUser, 'id' | 'name'> }): Promise<void>;
  /**
   * Removes from a place what no artifact there needs, and no push or pull of any worker that is under way; before that, where that
   * is asked for, artifacts that are old and that none of its users needs. See docs/exchange.md.
   * @throws PLACE_DAMAGED when it cannot be told what an artifact needs: then nothing is removed; PLACE_UNUSABLE; USAGE when a user of the
   *   place is not among `users`
   */
  prunePlace(place: string, options?: PrunePlaceOptions): Promise<PrunePlaceReport>;
}

/** All that is recorded of one version. */
export interface ArtifactDetails extends ArtifactVersion {
  /** Of all versions of its name, newest first. */
  readonly versions: readonly number[];
  /** Where its tree lies. */
  readonly treePath: string;
  /** Those that are installed in it, by what it says itself; absent of what is no system tree. */
  readonly packages?: readonly InstalledPackage[];
}

/** What the store records of one version of an artifact. */
export interface ArtifactVersion {
  readonly name: string;
  readonly version: number;
  readonly digest: string;
  readonly entries: number;
  readonly files: number;
  readonly sizeBytes: number;
  readonly createdAt: number;
  /** Somebody wants it kept: `gc` never removes it, and `remove` refuses. */
  readonly isKept?: true;
  /** Where it was made; absent for an imported one. */
  readonly madeBy?: { readonly run: string; readonly project: string; readonly step: string };
}
