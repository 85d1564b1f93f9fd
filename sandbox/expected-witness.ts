import { keptCapabilities } from './bwrap-argv.ts';
import type { HostLayout } from './bwrap-argv.ts';
import type { AttemptLimits } from './limits/attempt-limits.ts';
import { BUILDER } from './policy.ts';
import type { SandboxPolicy } from './policy.ts';
import { SHOWN_CONFIGURATION } from './shown-configuration.ts';

/**
 * What the kernel has to show of a process under a policy, control by control, in the words of
 * `keeper/Witness.pm`: the keeper lets no command begin where it shows something else.
 */
export interface ExpectedWitness {
  readonly controls: Readonly<Record<string, string>>;
  /** No other mount may be there. */
  readonly mounts: readonly MountRule[];
}

/** `needed`: there is such a mount. `allowed`: there may be. `below`: at the path and under it there may be any number. */
export interface MountRule {
  readonly how: 'needed' | 'allowed' | 'below';
  readonly path: string;
  /** Of file system; undefined: any. */
  readonly type?: string;
  /** All of these are set: `ro`, `rw`, `nosuid`, … */
  readonly flags: readonly string[];
}

/** What a policy comes to, given the files that the command is given as well. Pure. */
export function expectedWitness(
  policy: SandboxPolicy,
  {
    layout,
    files,
    limits,
  }: { readonly layout: HostLayout; readonly files: readonly string[]; readonly limits: AttemptLimits },
): ExpectedWitness {
  return {
    controls: { ...controlsOf(policy), ...limitControls(limits) },
    mounts: [...mountsOf(policy, layout), ...files.map((path) => data(path))],
  };
}

/** The same as the fields of a message to a keeper. */
export function expectedFields({ controls, mounts }: ExpectedWitness): [key: string, value: string][] {
  return [
    ...Object.entries(controls).map(([name, value]): [string, string] => ['expect', `${name} ${value}`]),
    ...mounts.map(({ how, path, type, flags }): [string, string] => [
      'mount',
      `${how} ${path} ${type ?? '*'} ${flags.join(',')}`,
    ]),
  ];
}

/** The controls alone, for who wants to know before there is a step. */
export function controlsOf(policy: SandboxPolicy): Readonly<Record<string, string>> {
  const isRoot = policy.identity === 'root';
  const id = isRoot ? '0' : String(BUILDER);
  const capabilities = isRoot ? capabilityMask(Object.values(keptCapabilities(policy))) : capabilityMask([]);
  const network = policy.network === true;
  return {
    uid: id,
    gid: id,
    groups: 'none',
    'host-root': 'not mapped',
    'capabilities-effective': capabilities,
    'capabilities-permitted': capabilities,
    'capabilities-inheritable': capabilities,
    'capabilities-bounding': capabilities,
    'capabilities-ambient': capabilities,
    'no-new-privileges': '1',
    'system-call-filter': '2', // SECCOMP_MODE_FILTER
    'system-call-filters': '1',
    'user-namespaces-inside': 'forbidden',
    session: 'own',
    terminal: 'none',
    'namespace-user': isRoot ? "the project's" : 'own',
    'namespace-mnt': 'own',
    'namespace-pid': 'own',
    'namespace-ipc': 'own',
    'namespace-uts': 'own',
    'namespace-cgroup': 'own',
    'namespace-net': network ? "the host's" : 'own',
    ...(network ? {} : { 'network-interfaces': 'lo' }),
  };
}

/** Those that the kernel holds a step to; the keeper watches over the others. */
function limitControls({ values, grouped }: AttemptLimits): Readonly<Record<string, string>> {
  const { memory, processes, 'open-files': files } = values;
  return {
    // The kernel counts memory in pages.
    ...(memory !== undefined && grouped.includes('memory')
      ? { 'limit-memory': String(memory - (memory % PAGE_BYTES)) }
      : {}),
    ...(processes !== undefined && grouped.includes('processes') ? { 'limit-processes': String(processes) } : {}),
    ...(files === undefined ? {} : { 'limit-open-files': String(files) }),
  };
}

const PAGE_BYTES = 4096;

/** As proc(5) has it in its `Cap…` lines. */
function capabilityMask(numbers: readonly number[]): string {
  const mask = numbers.reduce((sum, number) => sum | (1n << BigInt(number)), 0n);
  return mask.toString(16).padStart(16, '0');
}

const CLOSED = ['nosuid', 'nodev'] as const;
const READ_ONLY = ['ro', ...CLOSED] as const;
const WRITABLE = ['rw', ...CLOSED] as const;

function mountsOf(policy: SandboxPolicy, layout: HostLayout): MountRule[] {
  const writable = (path: string, type = 'tmpfs'): MountRule => ({ how: 'needed', path, type, flags: WRITABLE });
  const ofHost = (path: string): MountRule[] => [
    { how: 'needed', path, flags: READ_ONLY },
    { how: 'below', path, flags: READ_ONLY },
  ];
  const workspace = writable('/workspace', 'overlay');
  if (policy.type === 'container') {
    const root = policy.identity === 'root';
    return [
      { how: 'needed', path: '/', type: 'overlay', flags: root ? WRITABLE : READ_ONLY },
      ...procMounts('needed'),
      { how: 'needed', path: '/dev', type: 'tmpfs', flags: READ_ONLY },
      ...deviceMounts(),
      ...['/dev/shm', '/tmp', '/run', '/home'].map((path) => writable(path)),
      workspace,
      // With the names of the builder, where the tree's own can be added to; see builder_names in Attempt.pm.
      ...(root ? [] : ['/etc/passwd', '/etc/group'].map((path) => ({ ...data(path), how: 'allowed' }) as const)),
    ];
  }
  return [
    { how: 'needed', path: '/', type: 'tmpfs', flags: READ_ONLY },
    ...procMounts('allowed'),
    { how: 'needed', path: '/dev', type: 'tmpfs', flags: READ_ONLY },
    ...deviceMounts(),
    ...['/dev/shm', '/run', '/var', '/tmp'].map((path) => writable(path)),
    workspace,
    ...policy.reads.map(({ to }): MountRule => ({ how: 'needed', path: to, flags: READ_ONLY })),
    ...['/usr', ...layout.directories].flatMap(ofHost),
    // Those of them that the host has.
    ...SHOWN_CONFIGURATION.map((path): MountRule => ({ how: 'below', path, flags: READ_ONLY })),
  ];
}

/** bwrap covers by itself what it finds writable there. */
function procMounts(sys: 'needed' | 'allowed'): MountRule[] {
  return [
    { how: 'needed', path: '/proc', type: 'proc', flags: [...WRITABLE, 'noexec'] },
    { how: sys, path: '/proc/sys', type: 'proc', flags: READ_ONLY },
    ...['sysrq-trigger', 'irq', 'bus'].map((name): MountRule => ({
      how: 'allowed',
      path: `/proc/${name}`,
      type: 'proc',
      flags: READ_ONLY,
    })),
  ];
}

/** The devices come from the host, whose /dev may be of any type. */
function deviceMounts(): MountRule[] {
  return [
    ...['null', 'zero', 'full', 'random', 'urandom', 'tty'].map((name): MountRule => ({
      how: 'needed',
      path: `/dev/${name}`,
      flags: ['nosuid'],
    })),
    { how: 'needed', path: '/dev/pts', type: 'devpts', flags: ['nosuid', 'noexec'] },
  ];
}

/** A file that the keeper has put there, as bwrap does that. */
function data(path: string): MountRule {
  return { how: 'needed', path, type: 'tmpfs', flags: READ_ONLY };
}
