import type { SandboxPolicy } from './policy.ts';
import type { WitnessedLandlock } from './witness.ts';

/**
 * What Landlock of this version will hold a command to that may connect to these ports, as `keeper/Landlock.pm` does it
 * and its witness tells; undefined of one that is not held so, as it has no network or is a person's shell. Pure.
 */
export function landlockBounds(
  policy: SandboxPolicy,
  { version, ports }: { readonly version: number; readonly ports: readonly number[] },
): WitnessedLandlock | undefined {
  if (policy.type !== 'vetted-tool' || !policy.network) return undefined;
  return {
    version,
    ...(version >= FIRST_WITH_PORTS ? { ports } : {}),
    scopes: version >= FIRST_WITH_SCOPES ? ['abstract-sockets', 'signals'] : [],
  };
}

/** See landlock(7); `keeper/Landlock.pm` has them too. */
export const FIRST_WITH_PORTS = 4;
export const FIRST_WITH_SCOPES = 6;
