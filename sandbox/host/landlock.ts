import { hostToolOutput } from '../host-tool.ts';
import type { HostFinding } from './host-finding.ts';

/** What the kernel can hold of vetted tools that have the network; asked of the kernel. */
export async function landlock(): Promise<HostFinding> {
  // landlock_create_ruleset(2), which has one number everywhere, asked for its version.
  const answer = await hostToolOutput('perl', ['-e', 'print syscall(444, 0, 0, 1)']);
  return landlockFinding(/^\d+$/.test(answer) ? Number(answer) : 0);
}

/** That, in words. Ports came with version 4, abstract sockets and signals with 6: see landlock(7). */
export function landlockFinding(version: number): HostFinding {
  const name = 'landlock';
  if (version >= 6) {
    return {
      name,
      state: 'ok',
      found: `version ${version}: vetted tools reach only the ports they need, and no abstract socket`,
    };
  }
  const found = version === 0 ? 'This kernel has no Landlock, or it is switched off' : `Version ${version} of Landlock`;
  const reach = version >= 4 ? 'abstract sockets of this host' : 'every port and the abstract sockets of this host';
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
