/** `waiting 8 s before attempt 2`: what is left of the wait, in seconds, rounded up. */
export function waitText(
  { attempt, until }: { readonly attempt: number; readonly until: number },
  now: number,
): string {
  return `waiting ${Math.max(0, Math.ceil((until - now) / 1000))} s before attempt ${attempt}`;
}
