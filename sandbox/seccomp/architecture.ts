import { ContractorError } from '../../errors.ts';
import { AARCH64_NUMBERS } from './aarch64.ts';
import { X86_64_NUMBERS } from './x86-64.ts';
import type { SyscallName } from './x86-64.ts';

/** What a filter has to know of an architecture. Both are little-endian. */
export interface Architecture {
  readonly name: 'x86_64' | 'aarch64';
  /** AUDIT_ARCH_* of linux/audit.h: how the kernel names the ABI of a call. */
  readonly audit: number;
  /**
   * The numbers that were looked at when the rules were written, first and last of each range, lowest first.
   * What lies between and above is answered ENOSYS: what a newer kernel adds is closed until somebody has read
   * what it does. The x32 calls of x86_64 (0x40000000 and on) lie above.
   */
  readonly known: readonly (readonly [first: number, last: number])[];
  readonly numbers: Readonly<Partial<Record<SyscallName, number>>>;
}

export const ARCHITECTURES: Readonly<Record<Architecture['name'], Architecture>> = {
  x86_64: {
    name: 'x86_64',
    audit: 0xc000003e,
    known: [
      [0, 334],
      [424, 469],
    ],
    numbers: X86_64_NUMBERS,
  },
  aarch64: {
    name: 'aarch64',
    audit: 0xc00000b7,
    known: [
      [0, 243],
      [260, 294],
      [424, 469],
    ],
    numbers: AARCH64_NUMBERS,
  },
};

/** The architecture that Node names `arch`. Throws `HOST_UNSUITABLE` when there are no numbers for it. */
export function architectureOf(arch: string): Architecture {
  if (arch === 'x64') return ARCHITECTURES.x86_64;
  if (arch === 'arm64') return ARCHITECTURES.aarch64;
  throw new ContractorError(
    'HOST_UNSUITABLE',
    `The system calls of a container cannot be filtered on this architecture, \`${arch}\`.`,
    'Use a host, and a Node.js, of x86_64 or aarch64.',
  );
}
