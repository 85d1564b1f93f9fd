import type { Probe } from './probe.ts';

/** What only a vetted tool is asked: it sees programs and configuration of the host. */
export const TOOL_PROBES: readonly Probe[] = [
  {
    name: 'the host read-only',
    group: 'files',
    sh: 'for place in / /usr /etc /bin /mnt /home /home/builder; do touch $place/new && echo made; done',
    expected: /^(touch: .*: (Read-only file system|Permission denied|No such file or directory)\n){7}$/,
  },
  {
    name: 'the secrets of the host',
    group: 'files',
    sh: 'cat /etc/shadow /etc/gshadow /etc/sudoers /etc/ssh/ssh_host_ed25519_key',
    expected: /^(cat: .*: (Permission denied|No such file or directory)\n){4}$/,
  },
  {
    name: 'the directories that it has none of',
    group: 'files',
    sh: 'ls -A /root /home /srv /opt /boot /media 2>/dev/null | grep -v -e : -e "^$"; ls -A /var /tmp',
    expected: /^builder\n\/tmp:\nprobes\n\n\/var:\nlib\ntmp\n$/,
  },
  {
    name: 'what it is shown',
    group: 'files',
    sh: 'cat /mnt/shown/file; touch /mnt/shown/new',
    expected: /^shown\ntouch: .*Read-only file system\n$/,
  },
  {
    name: 'the capabilities of a tool',
    group: 'privileges',
    sh: 'grep ^Cap /proc/self/status',
    expected: /^(Cap...:\t0{16}\n){5}$/,
    // Beside those of a writable container: KILL SYS_ADMIN MKNOD SETFCAP.
    asRoot: /^(Cap...:\t00000000882400fb\n){5}$/,
  },
  {
    name: 'the environment of a tool',
    group: 'surroundings',
    perl: 'print map { "$_=$ENV{$_}\\n" } grep { !/^(_|OLDPWD|PERL_BADLANG)$/ } sort keys %ENV;',
    expected:
      /^HOME=\/home\/builder\nLC_ALL=C.UTF-8\nPATH=\/usr\/sbin:\/usr\/bin:\/sbin:\/bin\nPWD=\/workspace\nTMPDIR=\/tmp\n$/,
  },
];
