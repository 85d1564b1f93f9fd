import { arch, hostname, totalmem } from 'node:os';
import type { HostTraits } from './host-traits.ts';

/** By Node's name for it. Others cannot build; what they are called is of no importance. */
const DEBIAN_ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** This host, with what it is besides by the word of whoever runs it. */
export function thisHost(labels: readonly string[] = []): HostTraits {
  return {
    architecture: DEBIAN_ARCHITECTURES[arch()] ?? arch(),
    memoryBytes: totalmem(),
    labels: [...labels, 'os=linux', `host=${hostname()}`],
  };
}
