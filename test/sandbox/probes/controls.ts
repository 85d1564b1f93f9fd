import type { HowByHand } from './by-hand.ts';

/** One control, how to do without it, and the probes that then have another answer. */
export interface Control {
  /** As docs/security.md has it in its table. */
  readonly name: string;
  readonly identity?: 'root';
  readonly without: (options: readonly string[]) => Partial<HowByHand>;
  readonly shownBy: readonly string[];
}

export const CONTROLS: readonly Control[] = [
  {
    name: 'network namespace',
    without: drop('--unshare-net'),
    shownBy: [
      'a service on the loopback of the host',
      'an abstract socket of the host',
      'the list of sockets of the host',
      'the network namespace of the host',
    ],
  },
  { name: 'read-only system tree', without: replace(['--ro-bind'], ['--bind']), shownBy: ['the system tree'] },
  {
    name: 'pid namespace',
    without: drop('--unshare-pid'),
    shownBy: [
      'the processes of the host',
      'a signal to a process of the host',
      'a descriptor of a process of the host',
      'the environment of a process of the host',
    ],
  },
  { name: 'IPC namespace', without: drop('--unshare-ipc'), shownBy: ['shared memory of the host'] },
  {
    name: 'UTS namespace',
    without: (options) => ({ options: without(without(options, ['--hostname', 'contractor']), ['--unshare-uts']) }),
    shownBy: ['the name of the host'],
  },
  {
    name: 'no user namespaces inside',
    without: drop('--disable-userns'),
    shownBy: ['a user namespace', 'a user namespace, by clone3'],
  },
  {
    name: 'dropped capabilities',
    identity: 'root',
    // With --disable-userns, the capabilities would be over no network.
    without: (options) => ({
      options: without(without(options, ['--disable-userns']), ['--cap-drop', 'ALL'], ['--cap-add', 'ALL']),
    }),
    shownBy: [
      'capabilities',
      'a raw socket',
      'a packet socket',
      'the flags of the loopback',
      'other namespaces',
      'mounts',
    ],
  },
  {
    name: 'bounding set',
    identity: 'root',
    // As root of a map that it did not make itself, bwrap leaves the set whole.
    without: (options) => ({
      options: OWN_MAP.reduce((left, words) => without(left, words), options),
      within: ['/usr/bin/unshare', '--user', '--map-root-user'],
    }),
    shownBy: ['capabilities'],
  },
  // By hand there is none.
  { name: 'overlay', without: (options) => ({ options }), shownBy: ['a whiteout of an overlay'] },
  {
    name: 'read-only /proc/sys',
    identity: 'root',
    without: drop('--ro-bind', '/proc/sys', '/proc/sys'),
    shownBy: ['settings of the kernel'],
  },
  {
    name: 'a /dev of its own',
    without: replace(['--dev', '/dev'], ['--dev-bind', '/dev', '/dev']),
    shownBy: ['device nodes'],
  },
  { name: 'read-only /dev', without: drop('--remount-ro', '/dev'), shownBy: ['a file in /dev'] },
  {
    name: 'empty environment',
    without: (options) => ({ options, environment: { SECRET: 'TOPSECRET' } }),
    shownBy: ['the environment', 'the environment of pid 1', 'the environment of all it sees'],
  },
  {
    name: 'closed descriptors',
    without: (options) => ({ options, leavesOpen: '/etc/passwd' }),
    shownBy: ['descriptors'],
  },
  {
    name: 'session of its own',
    without: (options) => ({ options: without(options, ['--new-session']), onTerminal: true }),
    shownBy: ['the terminal of the user', 'a controlling terminal'],
  },
];

/** What has bwrap make a map of ids with nothing but root in it. */
const OWN_MAP = [['--unshare-user'], ['--disable-userns'], ['--uid', '0'], ['--gid', '0']] as const;

function drop(...words: readonly string[]): Control['without'] {
  return (options) => ({ options: without(options, words) });
}

function replace(words: readonly string[], others: readonly string[]): Control['without'] {
  return (options) => ({ options: without(options, words, others) });
}

/** The options with the first place where `words` stand replaced. */
function without(options: readonly string[], words: readonly string[], others: readonly string[] = []): string[] {
  const at = options.findIndex((_, index) => words.every((word, offset) => options[index + offset] === word));
  if (at === -1) throw new Error(`the policy does not have ${words.join(' ')} any more`);
  return [...options.slice(0, at), ...others, ...options.slice(at + words.length)];
}
