import { globSync, statSync } from 'node:fs';
import type { HostFinding } from './host-finding.ts';

/** Milliseconds since 1970. */
export interface ClockFacts {
  readonly now: number;
  /** The newest time that something of this host was written at, and what. */
  readonly newest: { readonly at: number; readonly path: string } | undefined;
  /** What a mirror says the time is, when one was asked. */
  readonly mirror?: number | undefined;
}

/** Written by whoever had the right time then. */
const WITNESSES = [
  '/var/lib/apt/lists/*Release',
  '/var/lib/dpkg/status',
  '/usr/bin',
  '/etc/ld.so.cache',
  '/var/log/dpkg.log',
];

const TOLERANCE_MS = 10 * 60_000;

/** Whether this host's clock can be right, by the times of its files. */
export function clock(now: number): HostFinding {
  const times = globSync(WITNESSES).flatMap((path) => {
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats === undefined ? [] : [{ at: stats.mtimeMs, path }];
  });
  return clockFinding({ now, newest: times.toSorted((a, b) => b.at - a.at)[0] });
}

/** That, in words. */
export function clockFinding({ now, newest, mirror }: ClockFacts): HostFinding {
  const name = 'clock';
  const shown = (at: number): string => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  const reference =
    mirror !== undefined && Math.abs(mirror - now) > TOLERANCE_MS
      ? `its mirror says ${shown(mirror)}`
      : newest !== undefined && newest.at - now > TOLERANCE_MS
        ? `${newest.path} was written at ${shown(newest.at)}`
        : undefined;
  if (reference === undefined) return { name, state: 'ok', found: shown(now) };
  return {
    name,
    state: 'optional',
    found: `This host believes it is ${shown(now)}, and ${reference}`,
    consequence:
      '`debootstrap` fails where a Release file is of the future or has expired, and https where a certificate has.',
    mend: 'Set the clock: `sudo timedatectl set-ntp true`, or `sudo date --set …`.',
  };
}
