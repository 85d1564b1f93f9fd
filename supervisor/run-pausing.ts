/** Where a run is to pause, as it is kept with the run. */
export interface RunPausing {
  readonly onFailure: boolean;
  /** Ids of steps, by project. */
  readonly before: Readonly<Record<string, readonly string[]>>;
}
