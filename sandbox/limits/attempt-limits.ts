import { statfsSync } from 'node:fs';
import { totalmem } from 'node:os';
import type { ControlGroups } from './control-groups.ts';
import type { GivenLimits } from './given-limits.ts';
import { groupedLimits } from './limit-findings.ts';
import type { LimitName } from './limit-name.ts';

/** What an attempt may use up, every default filled in: data for its keeper. */
export interface AttemptLimits {
  /** In the unit of each; absent: none. */
  readonly values: Readonly<Partial<Record<LimitName, number>>>;
  /** Those that a control group enforces. */
  readonly grouped: readonly LimitName[];
}

/** What of this host the defaults depend on. */
export interface HostSizes {
  readonly memoryBytes: number;
  readonly diskBytes: number;
  /** 0 where the file system does not count. */
  readonly diskFiles: number;
}

/** Those of this host, with the disk of `directory`. */
export function hostSizes(directory: string): HostSizes {
  const { blocks, bsize, files } = statfsSync(directory);
  return { memoryBytes: totalmem(), diskBytes: blocks * bsize, diskFiles: files };
}

/** Pure: what is given, else what is sane on such a host. */
export function attemptLimits(given: GivenLimits, groups: ControlGroups, host: HostSizes): AttemptLimits {
  const grouped = groupedLimits(groups);
  const tmpBytes = Math.ceil((given.tmpBytes ?? host.memoryBytes / 2) / PAGE_BYTES) * PAGE_BYTES;
  const values: Partial<Record<LimitName, number>> = {
    memory: given.memoryBytes ?? Math.floor(host.memoryBytes * 0.75),
    processes: given.processes ?? 4096,
    'open-files': given.openFiles ?? 4096,
    tmp: tmpBytes,
    // A file without contents takes memory as well, and nobody counts it.
    'tmp-files': Math.max(1024, Math.min(Math.ceil(tmpBytes / 16_384), 1_000_000)),
    output: given.outputBytes ?? GIBIBYTE,
    'disk-reserve': Math.min(GIBIBYTE, Math.floor(host.diskBytes / 20)),
    ...(given.cpuTimeMs === undefined ? {} : { 'cpu-time': given.cpuTimeMs }),
    ...(given.diskBytes === undefined ? {} : { disk: given.diskBytes }),
    ...(host.diskFiles === 0 ? {} : { 'files-reserve': Math.min(100_000, Math.floor(host.diskFiles / 20)) }),
    // What nobody can tell whose it is, such as files that have no name, shows there alone.
    ...(grouped.includes('memory') ? {} : { 'memory-reserve': Math.min(GIBIBYTE / 2, host.memoryBytes / 20) }),
  };
  return { values, grouped };
}

const GIBIBYTE = 2 ** 30;
const PAGE_BYTES = 4096;

/** By their numbers in asm-generic/resource.h, which hold for x86_64 and aarch64. */
const RLIMIT = { CPU: 0, FSIZE: 1, CORE: 4, NPROC: 6, NOFILE: 7 } as const;

/** What every process of the attempt has for itself, as `RESOURCE:VALUE`. */
export function rlimitsOf({ values, grouped }: AttemptLimits): string[] {
  const { processes, 'open-files': files, 'cpu-time': cpuMs, disk } = values;
  return [
    // 1 and not 0, with which a program that the host has set for core dumps would be started all the same: core(5).
    `${RLIMIT.CORE}:1`,
    // It tells nobody that it was hit: so it is only for what forks faster than the keeper looks.
    ...(processes === undefined || grouped.includes('processes') ? [] : [`${RLIMIT.NPROC}:${2 * processes + 128}`]),
    ...(files === undefined ? [] : [`${RLIMIT.NOFILE}:${files}`]),
    // Later than the keeper, which tells why: only for when that cannot.
    ...(cpuMs === undefined ? [] : [`${RLIMIT.CPU}:${Math.ceil(cpuMs / 1000) + 2}`]),
    ...(disk === undefined ? [] : [`${RLIMIT.FSIZE}:${disk}`]),
  ];
}

/** How the file system in memory of an attempt is mounted. */
export function memoryMountOptions({ values }: AttemptLimits): string {
  return `mode=755,size=${values.tmp ?? GIBIBYTE},nr_inodes=${values['tmp-files'] ?? 100_000}`;
}
