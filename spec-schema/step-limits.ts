/** What a step may use up of the host. What is absent has a default, which depends on the host. */
export interface Limits {
  readonly memoryBytes?: number;
  /** Processes and threads at once. */
  readonly processes?: number;
  /** Descriptors that one process has open. */
  readonly openFiles?: number;
  /** Of all processes together. */
  readonly cpuTimeMs?: number;
  /** What the layers of the step may hold. */
  readonly diskBytes?: number;
  /** What `/tmp`, `/home/builder`, `/run` and `/dev/shm` may hold together: they are memory. */
  readonly tmpBytes?: number;
  /** Of the step's log. */
  readonly outputBytes?: number;
  /** Whether the step is refused on a host that cannot enforce all of them. */
  readonly strict?: boolean;
}
