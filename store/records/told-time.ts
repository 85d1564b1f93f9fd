/** What is kept of the time that is told, beside the host's: nothing where they are the same. */
export function toldApart(told: number | undefined, host: number): number | null {
  return told === undefined || told === host ? null : told;
}
