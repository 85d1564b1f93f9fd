import type { Rule } from './rule.ts';

const AF = { UNIX: 1, INET: 2, INET6: 10, NETLINK: 16 } as const;
const NETLINK_ROUTE = 0;
/** IPPROTO_IP (the usual of the type), ICMP, TCP, UDP, ICMPV6, RAW. */
const INET_PROTOCOLS = [0, 1, 6, 17, 58, 255] as const;
const TIOCSTI = 0x5412;
const TIOCLINUX = 0x541c;
const TIOCSETD = 0x5423;

/** What neither a build step nor a vetted tool needs. */
export const FOR_ALL: readonly Rule[] = [
  {
    why: 'Keyrings belong to a user of the host, whatever the namespaces.',
    calls: ['add_key', 'keyctl', 'request_key'],
    answer: 'EPERM',
  },
  {
    why: 'Large parts of the kernel that have been ways into it time and again.',
    calls: ['bpf', 'perf_event_open', 'userfaultfd'],
    answer: 'EPERM',
  },
  {
    why: 'io_uring makes calls that no filter sees. Its users fall back.',
    calls: ['io_uring_setup', 'io_uring_enter', 'io_uring_register'],
    answer: 'ENOSYS',
  },
  {
    why: 'Memory that the host cannot look into or swap.',
    calls: ['memfd_secret'],
    answer: 'ENOSYS',
  },
  {
    why: 'They change the running kernel.',
    calls: ['kexec_load', 'kexec_file_load', 'init_module', 'finit_module', 'delete_module', 'reboot'],
    answer: 'EPERM',
  },
  {
    why: "The host's clock.",
    calls: ['settimeofday', 'clock_settime', 'clock_adjtime', 'adjtimex'],
    answer: 'EPERM',
  },
  {
    why: "The host's disks: swap, quotas, accounting, and files by handles that lead past what is mounted.",
    calls: ['swapon', 'swapoff', 'quotactl', 'acct', 'open_by_handle_at'],
    answer: 'EPERM',
  },
  { why: 'The newer form of quotactl.', calls: ['quotactl_fd'], answer: 'ENOSYS' },
  { why: "The host's kernel log.", calls: ['syslog'], answer: 'EPERM' },
  { why: 'The hardware: ports and segments.', calls: ['iopl', 'ioperm', 'modify_ldt'], answer: 'EPERM' },
  {
    why: 'Where memory lies on a machine of several nodes is the business of the host.',
    calls: ['move_pages', 'mbind', 'set_mempolicy', 'migrate_pages'],
    answer: 'EPERM',
  },
  { why: 'The newer form of these.', calls: ['set_mempolicy_home_node'], answer: 'ENOSYS' },
  {
    why: 'For administrators: all events of a file system, and hanging up a terminal.',
    calls: ['fanotify_init', 'vhangup'],
    answer: 'EPERM',
  },
  {
    why: 'Calls of old kernels: gone, or there for nobody.',
    calls: [
      'create_module',
      'query_module',
      'get_kernel_syms',
      'lookup_dcookie',
      'nfsservctl',
      'uselib',
      '_sysctl',
      'sysfs',
      'ustat',
    ],
    answer: 'ENOSYS',
  },
  {
    why: 'Typing into a terminal, or a virtual console, as if its user did; and line disciplines, which load modules.',
    calls: ['ioctl'],
    when: [{ type: 'one-of', argument: 1, values: [TIOCSTI, TIOCLINUX, TIOCSETD] }],
    answer: 'EPERM',
  },
  {
    why: 'Families beyond local, internet and netlink load modules; vsock reaches the host of a virtual machine.',
    calls: ['socket'],
    when: [{ type: 'none-of', argument: 0, values: [AF.UNIX, AF.INET, AF.INET6, AF.NETLINK] }],
    answer: 'EAFNOSUPPORT',
  },
  {
    why: 'Of netlink only what lists interfaces and routes; programs take this error for a kernel without audit.',
    calls: ['socket'],
    when: [
      { type: 'one-of', argument: 0, values: [AF.NETLINK] },
      { type: 'none-of', argument: 2, values: [NETLINK_ROUTE] },
    ],
    answer: 'EAFNOSUPPORT',
  },
  {
    why: 'Rare transport protocols, such as SCTP and DCCP, load modules too.',
    calls: ['socket'],
    when: [
      { type: 'one-of', argument: 0, values: [AF.INET, AF.INET6] },
      { type: 'none-of', argument: 2, values: INET_PROTOCOLS },
    ],
    answer: 'EPROTONOSUPPORT',
  },
  {
    why: 'Other families have no pairs, or are closed.',
    calls: ['socketpair'],
    when: [{ type: 'none-of', argument: 0, values: [AF.UNIX] }],
    answer: 'EAFNOSUPPORT',
  },
];

/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. */
const NEW_NAMESPACE = 0x7e020000;
/** To unshare(2) alone: for clone(2) the bit is part of a signal's number. */
const CLONE_NEWTIME = 0x80;
const FILE_TYPE = 0xf000;
const [CHARACTER_DEVICE, BLOCK_DEVICE] = [0x2000, 0x6000];
/** PER_LINUX and PER_LINUX32: plain, with UNAME26, with ADDR_NO_RANDOMIZE; and the question which one it is. */
const PERSONALITIES = [0, 0x8, 0x20000, 0x20008, 0x40000, 0x40008, 0xffffffff] as const;

/** What tools that make system trees need, and no build step. */
export const FOR_CONTAINERS: readonly Rule[] = [
  {
    why: 'In a namespace of its own a process has capabilities, and much of the kernel is open only to those.',
    calls: ['unshare'],
    when: [{ type: 'none-of', argument: 0, mask: NEW_NAMESPACE | CLONE_NEWTIME, values: [0] }],
    answer: 'EPERM',
  },
  {
    why: 'The same by making a process.',
    calls: ['clone'],
    when: [{ type: 'none-of', argument: 0, mask: NEW_NAMESPACE, values: [0] }],
    answer: 'EPERM',
  },
  {
    why: 'Its flags lie in memory, where no filter can read them. The C libraries fall back to clone.',
    calls: ['clone3'],
    answer: 'ENOSYS',
  },
  {
    why: 'What is mounted, and where, is settled before the step begins.',
    calls: ['setns', 'mount', 'umount2', 'pivot_root', 'sethostname', 'setdomainname'],
    answer: 'EPERM',
  },
  {
    why: 'The newer forms of mount.',
    calls: ['open_tree', 'open_tree_attr', 'move_mount', 'fsopen', 'fsconfig', 'fsmount', 'fspick', 'mount_setattr'],
    answer: 'ENOSYS',
  },
  {
    why: 'Devices, and the device 0:0, by which an overlay says that a file of a lower layer is gone.',
    calls: ['mknod'],
    when: [{ type: 'one-of', argument: 1, mask: FILE_TYPE, values: [CHARACTER_DEVICE, BLOCK_DEVICE] }],
    answer: 'EPERM',
  },
  {
    why: 'The same, relative to a directory.',
    calls: ['mknodat'],
    when: [{ type: 'one-of', argument: 2, mask: FILE_TYPE, values: [CHARACTER_DEVICE, BLOCK_DEVICE] }],
    answer: 'EPERM',
  },
  {
    why: 'Personalities of other systems have code of their own in the kernel, and undo protections of memory.',
    calls: ['personality'],
    when: [{ type: 'none-of', argument: 0, values: PERSONALITIES }],
    answer: 'EPERM',
  },
  {
    why: 'Ways into other processes that no debugger needs.',
    calls: ['kcmp', 'pidfd_getfd', 'process_madvise'],
    answer: 'EPERM',
  },
];

/** What only root of a writable container needs: some packages, when they are installed. */
export const FOR_BUILDERS: readonly Rule[] = [
  { why: 'Only root could, and the builder is not.', calls: ['chroot'], answer: 'EPERM' },
];
