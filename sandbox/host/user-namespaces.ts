import { readFileSync } from 'node:fs';
import { hostToolOutput } from '../host-tool.ts';
import type { HostFinding } from './host-finding.ts';
import { kernelSetting } from './kernel-setting.ts';

/** What decides whether this user can make the namespaces of a container. */
export interface NamespaceFacts {
  readonly isRoot: boolean;
  /** What the kernel said when they were asked for: `made`, or its refusal. */
  readonly answer: string;
  /** Of /proc/sys; undefined where the kernel has no such setting. */
  readonly appArmorRestricts: string | undefined;
  /** The profile of AppArmor that we run under, as in `name (enforce)`; undefined without AppArmor. */
  readonly appArmorProfile: string | undefined;
  readonly unprivilegedClone: string | undefined;
  readonly most: string | undefined;
}

/** Whether this user can make user namespaces, by making one; and what the kernel's settings say of it. */
export async function userNamespaces(): Promise<HostFinding[]> {
  const number = process.arch === 'arm64' ? 97 : 272; // unshare(2)
  // With a mount namespace, as a user namespace alone can be made where it gives no capability at all.
  const program = `print syscall(${number}, 0x10020000) == 0 ? "made" : "$!"`;
  return namespaceFindings({
    isRoot: process.getuid?.() === 0,
    answer: await hostToolOutput('perl', ['-e', program]),
    appArmorRestricts: kernelSetting('kernel/apparmor_restrict_unprivileged_userns'),
    appArmorProfile: appArmorProfile(),
    unprivilegedClone: kernelSetting('kernel/unprivileged_userns_clone'),
    most: kernelSetting('user/max_user_namespaces'),
  });
}

function appArmorProfile(): string | undefined {
  try {
    return readFileSync('/proc/self/attr/apparmor/current', 'utf8').trim();
  } catch {
    return undefined; // a kernel without it, or one where it is switched off
  }
}

/** That, in words. */
export function namespaceFindings(facts: NamespaceFacts): HostFinding[] {
  return [namespaces(facts), appArmor(facts)];
}

function namespaces({ isRoot, answer, unprivilegedClone, most }: NamespaceFacts): HostFinding {
  const name = 'user-namespaces';
  if (answer === 'made') return { name, state: 'ok', found: 'one was made, with a mount namespace inside' };
  const found = `None could be made${answer === '' ? '' : `: ${answer}`}`;
  const consequence = 'Nothing can be built: every container is in a user namespace.';
  if (most === '0') {
    const mend = 'Allow them: `sudo sysctl -w user.max_user_namespaces=15000`.';
    return { name, state: 'missing', found, consequence: `The kernel allows none. ${consequence}`, mend };
  }
  if (unprivilegedClone === '0' && !isRoot) {
    const mend = 'Allow them: `sudo sysctl -w kernel.unprivileged_userns_clone=1`.';
    return { name, state: 'missing', found, consequence: `The kernel allows them to root only. ${consequence}`, mend };
  }
  const mend =
    'See the row `apparmor`; inside another container, start that one with `--privileged` or `--security-opt seccomp=unconfined --security-opt apparmor=unconfined`.';
  return { name, state: 'missing', found, consequence, mend };
}

function appArmor({ isRoot, answer, appArmorRestricts, appArmorProfile: profile }: NamespaceFacts): HostFinding {
  const name = 'apparmor';
  const [, enforced] = /^(.*) \(enforce\)$/.exec(profile ?? '') ?? [];
  if (answer !== 'made' && enforced !== undefined) {
    return {
      name,
      state: 'missing',
      found: `contractor runs under the AppArmor profile \`${enforced}\`, which does not let it make a user namespace and be root in it`,
      consequence: 'No container can be made from here.',
      mend: `Add \`userns,\` and \`capability,\` to that profile and load it again with \`sudo apparmor_parser -r FILE\`, or start contractor from where it does not hold.`,
    };
  }
  if (appArmorRestricts !== '1') return { name, state: 'ok', found: 'it does not restrict user namespaces' };
  if (isRoot) return { name, state: 'ok', found: 'it restricts user namespaces, and not those of root' };
  if (answer === 'made')
    return { name, state: 'ok', found: 'it restricts user namespaces, and not those of contractor' };
  return {
    name,
    state: 'missing',
    found: 'AppArmor restricts user namespaces here, as on Ubuntu from 23.10 on',
    consequence: 'An ordinary user cannot make a container.',
    mend: 'Allow them: `echo kernel.apparmor_restrict_unprivileged_userns=0 | sudo tee /etc/sysctl.d/60-contractor.conf && sudo sysctl --system`, or run contractor as root.',
  };
}
