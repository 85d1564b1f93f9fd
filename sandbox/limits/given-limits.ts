/** What a specification says of limits; see spec-schema. */
export interface GivenLimits {
  readonly memoryBytes?: number;
  readonly processes?: number;
  readonly openFiles?: number;
  readonly cpuTimeMs?: number;
  readonly diskBytes?: number;
  readonly tmpBytes?: number;
  readonly outputBytes?: number;
}
