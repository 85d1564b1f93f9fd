import type { ControlGroups } from './control-groups.ts';
import type { GivenLimits } from './given-limits.ts';
import type { LimitName } from './limit-name.ts';

/** What enforces a limit on this host, and for what. */
export interface LimitFinding {
  /** As a specification names it; `timeout` is the wall time. */
  readonly limit: 'timeout' | 'memory' | 'processes' | 'open-files' | 'cpu-time' | 'disk' | 'tmp' | 'output';
  readonly mechanism: LimitMechanism;
  /** `step`: for all its processes together; `process` and `file`: for each by itself. */
  readonly scope: 'step' | 'process' | 'file';
  /** Whether the kernel, or the keeper for what it writes itself, keeps every attempt within it. */
  readonly isEnforced: boolean;
  /** What that means, where it is not. */
  readonly consequence?: string;
}

/**
 * `watching`: the keeper looks ten times a second, and ends the step that is over it. `keeper`: it enforces it by
 * its own clock. `tmpfs`: the size of a file system in memory.
 */
export type LimitMechanism =
  'cgroup-v2' | 'cgroup-v1' | 'systemd-scope' | 'rlimit' | 'watching' | 'tmpfs' | 'keeper' | 'none';

/** For each limit what this host does, from what a probe has found of control groups. */
export function limitFindings(groups: ControlGroups): LimitFinding[] {
  const grouped = new Set(groupedLimits(groups));
  const found = (limit: LimitFinding['limit'], otherwise: Omit<LimitFinding, 'limit'>): LimitFinding =>
    groups.kind !== 'none' && limit !== 'timeout' && grouped.has(limit)
      ? { limit, mechanism: groups.kind, scope: 'step', isEnforced: true }
      : { limit, ...otherwise };
  return [
    found('timeout', { mechanism: 'keeper', scope: 'step', isEnforced: true }),
    found('memory', {
      mechanism: 'watching',
      scope: 'step',
      isEnforced: false,
      consequence:
        'What takes memory quickly can have more for a moment, and memory of files without a name is not seen.',
    }),
    // The kernel counts what a user has in the namespaces of the keeper, in which one step runs at a time.
    found('processes', {
      mechanism: 'watching',
      scope: 'step',
      isEnforced: false,
      consequence:
        'What forks quickly can have more for a moment; the kernel stops it at some more than twice as many.',
    }),
    found('cpu-time', {
      mechanism: 'rlimit',
      scope: 'process',
      isEnforced: false,
      consequence:
        'The kernel holds each process to it; together they are watched, but for those that nobody waits for.',
    }),
    found('open-files', { mechanism: 'rlimit', scope: 'process', isEnforced: true }),
    found('disk', {
      mechanism: 'watching',
      scope: 'step',
      isEnforced: false,
      consequence: 'The kernel holds each file to it; together they can be more for a moment.',
    }),
    found('tmp', { mechanism: 'tmpfs', scope: 'step', isEnforced: true }),
    found('output', {
      mechanism: 'watching',
      scope: 'step',
      isEnforced: false,
      consequence: 'What prints quickly can print more for a moment; the log is then cut to the limit.',
    }),
  ];
}

/**
 * What this host does not hold a step to exactly, of the limits that concern it: those that it gives, and in any
 * case those that protect the host.
 */
export function unenforcedLimits(groups: ControlGroups, given: GivenLimits): LimitFinding[] {
  const concerns: Readonly<Record<LimitFinding['limit'], boolean>> = {
    timeout: true,
    memory: true,
    processes: true,
    'open-files': true,
    tmp: true,
    'cpu-time': given.cpuTimeMs !== undefined,
    disk: given.diskBytes !== undefined,
    output: given.outputBytes !== undefined,
  };
  return limitFindings(groups).filter(({ limit, isEnforced }) => concerns[limit] && !isEnforced);
}

/** What to do about a limit that is not enforced. */
export function mendOfLimit({ limit }: LimitFinding): string {
  if (limit === 'disk' || limit === 'output') {
    return `No host enforces \`${limit}\` exactly: take it from the limits of what is to be strict, or do without \`strict\`.`;
  }
  const how =
    process.getuid?.() === 0
      ? 'make those of the kernel writable where contractor runs, at `/sys/fs/cgroup`, with `memory` and `pids` among the controllers'
      : 'build as root, or as a user with a session of systemd (`loginctl enable-linger USER`, then log in as that user)';
  return `Control groups would enforce it: ${how}, or do without \`strict\`.`;
}

/** The limits that a control group keeps or counts. */
export function groupedLimits({ kind, controllers }: ControlGroups): LimitName[] {
  if (kind === 'none') return [];
  const limits: LimitName[] = [];
  if (controllers.includes('memory')) limits.push('memory');
  if (controllers.includes('pids')) limits.push('processes');
  if (controllers.includes(kind === 'cgroup-v1' ? 'cpuacct' : 'cpu')) limits.push('cpu-time');
  return limits;
}
