/** What of a store is to be kept. What is needed stays, whatever this says: docs/store.md says what that is, and in which order the rest goes. */
export interface GcPolicy {
  /** So many of the newest versions of each artifact stay. Default: 3. */
  readonly keepVersions?: number;
  /** Artifact versions and runs that are younger stay. Default: 14 days. */
  readonly keepForMs?: number;
  /** The trees of the store are to take no more of the disk than this: older things go for it. Default: no limit. */
  readonly maxSizeBytes?: number;
}

/** A policy that says everything, its defaults filled in; without `maxSizeBytes` a store may be of any size. */
export type WholeGcPolicy = Required<Omit<GcPolicy, 'maxSizeBytes'>> & Pick<GcPolicy, 'maxSizeBytes'>;

const DAY_MS = 24 * 60 * 60 * 1000;

/** With the defaults for what it does not say. */
export function wholePolicy({ keepVersions = 3, keepForMs = 14 * DAY_MS, maxSizeBytes }: GcPolicy): WholeGcPolicy {
  return { keepVersions, keepForMs, ...(maxSizeBytes === undefined ? {} : { maxSizeBytes }) };
}
