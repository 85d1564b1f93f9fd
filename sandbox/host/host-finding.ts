/** One thing that contractor needs or can use, and what the probe of this host found. */
export interface HostFinding {
  /** A short stable name: `bubblewrap`, `subordinate-ids`, `container`, `mmdebstrap`, … */
  readonly name: string;
  /** `missing` stops builds; `optional` says that something is slower, weaker or not to be had. */
  readonly state: 'ok' | 'missing' | 'optional';
  /** What was found: `bubblewrap 0.8.0 at /usr/bin/bwrap`. */
  readonly found: string;
  /** What follows from it, when it is not ok. */
  readonly consequence?: string;
  /** The exact command or setting that mends it, when it is not ok. */
  readonly mend?: string;
}
