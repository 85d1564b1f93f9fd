/** An attempt of a step of a recorded run. */
export interface AttemptReference {
  readonly run: string;
  readonly project: string;
  /** A step's id, or its number counted from 1. */
  readonly step: string;
  readonly attempt?: number;
}
