import { hostToolOutput } from '../host-tool.ts';
import { FIRST_WITH_PORTS, FIRST_WITH_SCOPES } from '../landlock-bounds.ts';
import type { HostFinding } from './host-finding.ts';

/** What the kernel can hold of vetted tools that have the network; asked of the kernel. */
export async function landlock(): Promise<HostFinding> {
  return landlockFinding(await landlockVersion());
}

/** The version of the kernel's Landlock; 0 where there is none. */
export async function landlockVersion(): Promise<number> {
  // landlock_create_ruleset(2), which has one number everywhere, asked for its version.
  const answer = await hostToolOutput('perl', ['-e', 'print syscall(444, 0, 0, 1)']);
  return /^\d+$/.test(answer) ? Number(answer) : 0;
}

/** That, in words. */
export function landlockFinding(version: number): HostFinding {
  const name = 'landlock';
  if (version >= FIRST_WITH_SCOPES) {
    return {
      name,
      state: 'ok',
      found: `version ${version}: vetted tools reach only the ports they need, and no abstract socket`,
    };
  }
  const found = version === 0 ? 'This kernel has no Landlock, or it is switched off' : `Version ${version} of Landlock`;
  const reach =
    version >= FIRST_WITH_PORTS ? 'abstract sockets of this host' : 'every port and the abstract sockets of this host';
  return {
    name,
    state: 'optional',
    found,
    consequence: `While they fetch, \`git\` and \`debootstrap\` could reach ${reach}. Steps with \`shell\` reach none.`,
    mend:
      version === 0
        ? 'Run Linux 6.12 or newer, with `landlock` in the list of the boot option `lsm=` where that is set.'
        : 'Run Linux 6.12 or newer.',
  };
}
