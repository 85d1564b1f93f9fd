import { FILE_PROBES } from './files.ts';
import { NETWORK_PROBES } from './network.ts';
import { PRIVILEGE_PROBES } from './privileges.ts';
import type { Probe } from './probe.ts';
import { PROCESS_PROBES } from './processes.ts';
import { SURROUNDING_PROBES } from './surroundings.ts';

export const ALL_PROBES: readonly Probe[] = [
  ...NETWORK_PROBES,
  ...FILE_PROBES,
  ...PROCESS_PROBES,
  ...PRIVILEGE_PROBES,
  ...SURROUNDING_PROBES,
];
