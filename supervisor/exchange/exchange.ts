/** What can be asked of each transfer of an artifact. */
export interface TransferOptions {
  /** Of a bucket that is not at AWS: `https://host:port`. Default: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL. */
  readonly endpoint?: string;
  readonly onProgress?: (progress: TransferProgress) => void;
  /** Aborting it ends the transfer. What has arrived is not sent again the next time. */
  readonly signal?: AbortSignal;
}

/** What can be asked of a push. */
export interface PushOptions extends TransferOptions {
  /** Send everything, also what is there under the right name: it may be damaged. */
  readonly anew?: boolean;
}

/** How far a transfer is. `total` is known once it is known what is missing. */
export interface TransferProgress {
  readonly label: string;
  readonly doneBytes: number;
  readonly totalBytes: number;
}

/** What a push has done. */
export interface PushReport {
  readonly name: string;
  readonly version: number;
  readonly digest: string;
  /** Of all its files. */
  readonly sizeBytes: number;
  /** What the place did not have: objects, and the bytes in them. */
  readonly sent: number;
  readonly sentBytes: number;
}

/** An artifact at a place. Without a digest: the one that was pushed last. */
export interface RemoteReference {
  readonly name: string;
  /** The whole of it, or at least its first 12 digits. */
  readonly digest?: string;
}

/** What a pull has done. */
export interface PullReport {
  readonly name: string;
  /** In this store. */
  readonly version: number;
  readonly digest: string;
  /** False: the store had it, and nothing was asked for but what its digest is, where that was not said. */
  readonly isNew: boolean;
  readonly sizeBytes: number;
  /** What the store did not have. */
  readonly fetched: number;
  readonly fetchedBytes: number;
}

/** What is to go from a place. */
export interface PrunePlaceOptions extends Pick<TransferOptions, 'endpoint' | 'signal'> {
  /** Forget artifacts that were last pushed longer ago, and longer than the grace. Default: none is forgotten; what no artifact needs goes. */
  readonly keepForMs?: number;
  /** But so many of the newest of each name stay. Default: 3 */
  readonly keepVersions?: number;
  /** What was written, or forgotten, within this time stays: so long may a pull take, or the next try of a killed push be. Default: a day; at least an hour. */
  readonly graceMs?: number;
  /** Who uses the place, as was noted by `preparePlace`: what they need is not forgotten. All of them, where something is to be forgotten. */
  readonly users?: readonly PlaceUser[];
  /** How long it is waited until all hosts see the mark of the prune. Default: for a directory two minutes, as NFS keeps names for up to one. */
  readonly settleMs?: number;
  /** Only say what would go. */
  readonly dryRun?: boolean;
}

/** Who leaves artifacts at a place, and alone knows which of them are still needed: workers that share a database. */
export interface PlaceUser {
  /** 32 hex digits, the same on all hosts. */
  readonly id: string;
  /** For messages. */
  readonly name: string;
  /** Called while pushes wait. */
  readonly needs: () => Promise<{
    readonly artifacts: readonly { readonly name: string; readonly digest: string }[];
    /** How long ago the oldest began that has not ended: whatever was pushed since may be needed. */
    readonly oldestMs?: number;
  }>;
}

/** What has gone from a place, or would go. */
export interface PrunePlaceReport {
  /** That are still there. */
  readonly artifacts: number;
  readonly forgotten: readonly { readonly name: string; readonly digest: string }[];
  /** Objects that no artifact needed, and the bytes in them. What the forgotten alone needed goes after the grace. */
  readonly removed: number;
  readonly removedBytes: number;
}
