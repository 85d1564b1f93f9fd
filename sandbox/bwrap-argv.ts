import { BUILDER, CONTAINER_ENVIRONMENT, MOUNTED } from './policy.ts';
import type { ContainerPolicy, SandboxPolicy, VettedToolPolicy } from './policy.ts';
import { SHOWN_CONFIGURATION } from './shown-configuration.ts';

/** What of the host a vetted tool's view depends on; see {@link readHostLayout}. */
export interface HostLayout {
  /** Top-level links such as `/bin` → `usr/bin`. */
  readonly links: readonly { readonly path: string; readonly target: string }[];
  /** Top-level directories that are real, such as `/bin` where /usr is not merged. */
  readonly directories: readonly string[];
}

/**
 * The options that make Bubblewrap enforce `policy`, as they go through `--args`.
 *
 * Pure, so that a golden test can show the whole policy at once. Order is
 * meaning: bwrap mounts in the order given, so a later mount hides an earlier
 * one, and `/` can be made read-only only after every mount point is made.
 *
 * The keeper has unshared user, mount and pid namespaces around this already;
 * bwrap makes its own inside. As the map's root it cannot make a user namespace
 * within (the keeper forbids it), so it drops capabilities instead. The network
 * is the keeper's work as well: bwrap is started in one that has only a loopback,
 * made for the attempt, unless the policy asks for the host's.
 */
export function bwrapArgv(policy: SandboxPolicy, layout: HostLayout): string[] {
  return [
    ...(policy.identity === 'root'
      ? rootOptions(policy)
      : ['--unshare-user', '--disable-userns', '--uid', String(BUILDER), '--gid', String(BUILDER)]),
    '--unshare-pid',
    '--unshare-ipc',
    '--unshare-uts',
    '--unshare-cgroup-try',
    '--die-with-parent',
    '--new-session',
    ...(policy.type === 'container' ? containerOptions(policy) : vettedToolOptions(policy, layout)),
  ];
}

/** What root of a map may do inside a writable container: install packages. Only over ids of the map. Numbers: capability.h. */
const ROOT_CAPABILITIES: Readonly<Record<string, number>> = {
  CAP_CHOWN: 0,
  CAP_DAC_OVERRIDE: 1,
  CAP_FOWNER: 3,
  CAP_FSETID: 4,
  CAP_SETGID: 6,
  CAP_SETUID: 7,
  CAP_SYS_CHROOT: 18,
};

/** mmdebstrap and debootstrap mount proc and such in the tree they make; over the map's ids and their own mounts only. */
const TOOL_CAPABILITIES: Readonly<Record<string, number>> = {
  ...ROOT_CAPABILITIES,
  CAP_SYS_ADMIN: 21,
  CAP_MKNOD: 27,
  CAP_KILL: 5,
  CAP_SETFCAP: 31,
};

/** What the map's root keeps under a policy, by name. The keeper takes the others from the bounding set, which bwrap leaves whole. */
export function keptCapabilities(policy: SandboxPolicy): Readonly<Record<string, number>> {
  return policy.type === 'container' ? ROOT_CAPABILITIES : TOOL_CAPABILITIES;
}

function rootOptions(policy: SandboxPolicy): string[] {
  return ['--cap-drop', 'ALL', ...Object.keys(keptCapabilities(policy)).flatMap((name) => ['--cap-add', name])];
}

function containerOptions({ identity, directory, environment }: ContainerPolicy): string[] {
  return [
    ...['--hostname', 'contractor'],
    // As it is there: only what is no device is mounted without devices.
    ...['--dev-bind', MOUNTED.view, '/'],
    ...['--proc', '/proc', '--ro-bind', '/proc/sys', '/proc/sys'],
    ...['--chdir', directory],
    ...environmentOptions({
      ...CONTAINER_ENVIRONMENT,
      USER: identity === 'root' ? 'root' : 'builder',
      LOGNAME: identity === 'root' ? 'root' : 'builder',
      ...environment,
    }),
  ];
}

function vettedToolOptions({ environment, reads }: VettedToolPolicy, layout: HostLayout): string[] {
  return [
    ...['--ro-bind', '/usr', '/usr'],
    ...layout.links.flatMap(({ path, target }) => ['--symlink', target, path]),
    ...layout.directories.flatMap((path) => ['--ro-bind', path, path]),
    // What bwrap makes for itself on the way to a mount is for its owner only.
    ...['/etc', '/etc/apt', '/etc/apt/apt.conf.d', '/etc/ssl'].flatMap((path) => ['--dir', path]),
    ...SHOWN_CONFIGURATION.flatMap((path) => ['--ro-bind-try', path, path]),
    ...[...memoryBind('run', '/run'), ...memoryBind('var', '/var'), '--dir', '/var/lib/dpkg', '--dir', '/var/tmp'],
    ...['--proc', '/proc', '--dev', '/dev', ...memoryBind('shm', '/dev/shm'), '--remount-ro', '/dev'],
    ...memoryBind('tmp', '/tmp'),
    ...['--dir', '/home/builder'],
    ...reads.flatMap(({ from, to }) => ['--ro-bind', from, to]),
    ...['--bind', MOUNTED.workspace, '/workspace', '--chdir', '/workspace'],
    ...['--remount-ro', '/'],
    ...environmentOptions({
      PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
      LC_ALL: 'C.UTF-8',
      HOME: '/home/builder',
      TMPDIR: '/tmp',
      ...environment,
    }),
  ];
}

/** Something that the keeper mounts in a container, at `where`. */
export interface ViewEntry {
  /** `devices`: what `bwrap --dev` makes. `memory/NAME`: one of {@link memoryPlaces}. `read-only`: what is there already. */
  readonly what: 'devices' | 'workspace' | 'read-only' | `memory/${string}`;
  readonly where: string;
}

/**
 * What is mounted on the system tree of a container, in this order, before bwrap takes over the whole at once.
 *
 * bwrap reads the table of mounts for each that it is told of, on the way of the step; the keeper knows what is there.
 */
export function containerView(): readonly ViewEntry[] {
  return [
    { what: 'devices', where: '/dev' },
    { what: 'memory/shm', where: '/dev/shm' },
    { what: 'read-only', where: '/dev' },
    { what: 'memory/tmp', where: '/tmp' },
    { what: 'memory/run', where: '/run' },
    { what: 'memory/home', where: '/home' },
    { what: 'workspace', where: '/workspace' },
  ];
}

/** What of a sandbox is memory, by its name under {@link MOUNTED}; the keeper makes it as one file system. */
export function memoryPlaces({ type }: SandboxPolicy): readonly { readonly name: string; readonly mode: string }[] {
  return [
    { name: 'shm', mode: '1777' },
    { name: 'tmp', mode: '1777' },
    { name: 'run', mode: '0755' },
    ...(type === 'container'
      ? [
          { name: 'run/lock', mode: '1777' },
          { name: 'home', mode: '0755' },
          { name: 'home/builder', mode: '0755' },
        ]
      : [{ name: 'var', mode: '0755' }]),
  ];
}

function memoryBind(name: string, where: string): string[] {
  return ['--bind', MOUNTED.memory(name), where];
}

function environmentOptions(environment: Readonly<Record<string, string>>): string[] {
  return Object.entries(environment).flatMap(([name, value]) => ['--setenv', name, value]);
}
