/**
 * What `contractor` tells a shell. Public API.
 *
 * 0 built, or done · 1 a build failed · 2 wrong usage or specification ·
 * 3 the host or its store cannot · 130 interrupted.
 */
export const EXIT = { done: 0, failed: 1, usage: 2, host: 3, interrupted: 130 } as const;

/** One of {@link EXIT}. */
export type ExitStatus = (typeof EXIT)[keyof typeof EXIT];
