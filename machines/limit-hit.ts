/** What a step may use up. The reserves are what it must leave of the host: of the disk of the store, in bytes or in files, and of the memory. */
export type LimitName =
  | 'memory'
  | 'processes'
  | 'open-files'
  | 'cpu-time'
  | 'disk'
  | 'tmp'
  | 'tmp-files'
  | 'output'
  | 'disk-reserve'
  | 'files-reserve'
  | 'memory-reserve';

/** The step was ended because it used up what it may. */
export interface LimitHit {
  readonly type: 'limit-hit';
  readonly limit: LimitName;
  readonly value: number;
  readonly unit: LimitUnit;
  /** The most that was seen of the step: of memory for `memory-reserve`, of what it has written for those of the disk. */
  readonly peak: number;
}

export type LimitUnit = 'bytes' | 'processes' | 'files' | 'ms';

const WORDS: Readonly<Record<LimitName, string>> = {
  memory: 'memory limit',
  processes: 'limit of processes',
  'open-files': 'limit of open files',
  'cpu-time': 'limit of CPU time',
  disk: 'disk limit',
  tmp: 'limit of /tmp, /home, /run and /dev/shm',
  'tmp-files': 'limit of files in /tmp, /home, /run and /dev/shm',
  output: 'limit of output',
  'disk-reserve': 'reserve of the disk',
  'files-reserve': 'reserve of the disk',
  'memory-reserve': "reserve of the host's memory",
};

/** `memory limit of 4 GiB hit (peak 4.1 GiB)`. */
export function limitHitText({ limit, value, unit, peak }: Omit<LimitHit, 'type'>): string {
  const verb = limit.endsWith('-reserve') ? 'reached' : 'hit';
  return `${WORDS[limit]} of ${amountText(value, unit)} ${verb} (peak ${amountText(peak, unit)})`;
}

/** What a person can do about it. */
export function limitHitHint({ limit, value, unit }: Omit<LimitHit, 'type' | 'peak'>): string {
  switch (limit) {
    case 'disk-reserve':
    case 'files-reserve':
      return 'Make room on the disk of the store, have the step write less, or put the store on a larger disk with `--store`.';
    case 'memory-reserve':
      return 'Let fewer projects run at once (`--jobs`), have the step use less, or use a host with more memory.';
    case 'tmp-files':
      return 'If the step needs more, raise `tmp` of its `limits`: there may be one file for each 16 KiB of it.';
    default:
      return `If the step needs more, raise it: \`limits: { ${limit}: ${amountForSpec(value * 2, unit)} }\` in the step, in its project or at the top.`;
  }
}

/** `4 GiB`, `1.5 MiB`, `512 processes`, `90 s`. */
export function amountText(amount: number, unit: LimitUnit): string {
  switch (unit) {
    case 'bytes': {
      const power = amount < 1024 ? 0 : Math.min(Math.floor(Math.log2(amount) / 10), SIZE_UNITS.length - 1);
      return `${rounded(amount / 1024 ** power)} ${SIZE_UNITS[power]}`;
    }
    case 'ms':
      return `${rounded(amount / 1000)} s`;
    default:
      return `${amount} ${unit}`;
  }
}

const SIZE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

function rounded(amount: number): string {
  return String(Math.round(amount * 10) / 10);
}

/** As a specification takes it. */
function amountForSpec(amount: number, unit: LimitUnit): string {
  if (unit === 'ms') return `${Math.ceil(amount / 1000)}s`;
  if (unit !== 'bytes') return String(amount);
  const power = Math.min(Math.floor(Math.log2(amount) / 10), 4);
  return power === 0 ? String(amount) : `${Math.ceil(amount / 1024 ** power)}${'KMGT'[power - 1] ?? ''}`;
}
