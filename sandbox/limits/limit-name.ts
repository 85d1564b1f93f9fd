/** What an attempt can be ended for having used up. The reserves are what it must leave of the host. */
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

/** What the amounts of each are counted in. */
export const UNIT_OF_LIMIT: Readonly<Record<LimitName, 'bytes' | 'processes' | 'files' | 'ms'>> = {
  memory: 'bytes',
  processes: 'processes',
  'open-files': 'files',
  'cpu-time': 'ms',
  disk: 'bytes',
  tmp: 'bytes',
  'tmp-files': 'files',
  output: 'bytes',
  'disk-reserve': 'bytes',
  'files-reserve': 'files',
  'memory-reserve': 'bytes',
};
