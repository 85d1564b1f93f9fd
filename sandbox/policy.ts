/**
 * What a command in a sandbox may see, change and reach: data, so that it can be
 * shown before it is used and tested without running anything.
 */
export type SandboxPolicy = ContainerPolicy | VettedToolPolicy;

/**
 * A security container: untrusted code on a system tree. No network, no
 * capabilities over the host, nothing of the host's file system.
 */
export interface ContainerPolicy {
  readonly type: 'container';
  /** Root of the tree with a few capabilities over the map's own ids, or an ordinary user with none. */
  readonly identity: 'root' | 'builder';
  /** Working directory, absolute inside the container. */
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Whether it shares the host's network. Never for a step: for a person's shell, who asks for it. */
  readonly network?: boolean;
}

/**
 * A vetted tool of the host: the host's programs and configuration read-only, the
 * network, the workspace; no homes, no sockets, no run or temporary directories.
 */
export interface VettedToolPolicy {
  readonly type: 'vetted-tool';
  /** `root`: root of the map, which a tool that makes system trees has to be. */
  readonly identity: 'root' | 'builder';
  /** Whether it is in the host's network. Where the kernel has Landlock, only `ports` can be connected to, by TCP. */
  readonly network: boolean;
  readonly ports?: readonly number[];
  /** Whether it cuts itself off from the network half way, by the program of cut-off.ts. */
  readonly cutsOff?: boolean;
  /** Whether it may run programs of another ABI than the host's, such as i386 on x86_64. Their calls are not filtered. */
  readonly foreignPrograms?: boolean;
  readonly environment: Readonly<Record<string, string>>;
  /** More host paths to show read-only, as they are named inside and where they are found. */
  readonly reads: readonly { readonly from: string; readonly to: string }[];
}

/** Changes with what a sandbox shows or allows: what was made under another one is not taken for the same. */
export const POLICY_VERSION = 4;

/** The ordinary user of a container. */
export const BUILDER = 1000;

/** Where the keeper mounts what an attempt works on, as bwrap finds it. */
export const MOUNTED = {
  /** A container with all that is mounted in it, but for what only bwrap can: see {@link containerView} of bwrap-argv.ts. */
  view: '/sys/view',
  workspace: '/sys/workspace',
  /** The directories of one file system in memory, which has a size: see {@link memoryPlaces} of bwrap-argv.ts. */
  memory: (name: string): string => `/sys/memory/${name}`,
  host: (n: number): string => `/sys/host${n}`,
  shown: (n: number): string => `/sys/shown${n}`,
};

/** What every container's environment has; a policy adds to it. */
export const CONTAINER_ENVIRONMENT: Readonly<Record<string, string>> = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/home/builder',
  LC_ALL: 'C.UTF-8',
  TERM: 'dumb',
  TMPDIR: '/tmp',
};
