import { REFUSED } from './probe.ts';
import type { Probe } from './probe.ts';

export const PRIVILEGE_PROBES: readonly Probe[] = [
  { name: 'who it is', sh: 'id -u; id -g; id -G', expected: /^1000\n1000\n1000\n$/, asRoot: /^0\n0\n0\n$/ },
  {
    name: 'capabilities',
    sh: 'grep ^Cap /proc/self/status',
    expected: /^(Cap...:\t0{16}\n){5}$/,
    // CHOWN DAC_OVERRIDE FOWNER FSETID SETGID SETUID SYS_CHROOT, over the ids of the map.
    asRoot: /^(Cap...:\t00000000000400db\n){5}$/,
  },
  { name: 'new privileges by a program', sh: 'grep NoNewPrivs /proc/self/status', expected: /\t1\n$/ },
  {
    name: 'new privileges, allowed again',
    perl: 'try_call("prctl", 38, 0, 0, 0, 0);',
    expected: /^prctl: (Invalid argument|Operation not permitted)\n$/,
  },
  {
    name: 'a setuid program of the system tree',
    sh: '/bin/setuid-id -u',
    expected: /^1000\n$/,
    asRoot: /^0\n$/,
    onlyInside: true,
  },
  {
    name: 'a setuid program of its own',
    sh: 'cat /bin/id >mine; chmod 6755 mine; ./mine -u; rm mine',
    expected: /^1000\n$/,
    asRoot: /^0\n$/,
    onlyInside: true,
  },
  {
    name: 'another user',
    perl: 'try_call("setresuid", 0, 0, 0); my $none = ""; try_call("setgroups", 0, $none);',
    expected: /^setresuid: (Invalid argument|Operation not permitted)\nsetgroups: Operation not permitted\n$/,
    asRoot: null,
  },
  {
    name: 'an id that is not in the map',
    perl: 'try_call("setresuid", 70000, 70000, 70000);',
    expected: /^setresuid: (Invalid argument|Operation not permitted)\n$/,
  },
  {
    name: 'more capabilities',
    perl: `my $header = pack "L l", 0x20080522, 0; my $sets = pack "L6", 1 << 21, 1 << 21, 0, 0, 0, 0;
      try_call("capset", $header, $sets); try_call("prctl", 47, 2, 21, 0, 0);`,
    expected: REFUSED,
  },
  {
    name: 'a user namespace',
    perl: 'try_call("unshare", 0x10000000);',
    expected: /^unshare: (No space left on device|Operation not permitted|Function not implemented)\n$/,
    openInNaive: true,
  },
  {
    name: 'a user namespace, by clone3',
    perl: `my $arguments = pack "Q8", 0x10000000, 0, 0, 0, 17, 0, 0, 0;
      my $child = syscall $number{clone3} + 0, $arguments, 64; POSIX::_exit(0) if $child == 0; told("clone3", $child > 0);`,
    expected: /^clone3: (No space left on device|Operation not permitted|Function not implemented)\n$/,
    openInNaive: true,
  },
  {
    name: 'other namespaces',
    perl: 'try_call("unshare", $_) for 0x20000, 0x2000000, 0x4000000, 0x8000000, 0x20000000, 0x40000000;',
    expected: REFUSED,
  },
  {
    name: 'a map of ids',
    perl: 'for my $map (qw(uid_map gid_map)) { my $file = try_open("/proc/self/$map", O_WRONLY) or next; told("write", defined syswrite $file, "0 0 1\\n"); }',
    expected: /^(.*: (Operation not permitted|Permission denied|done)\n)+$/,
  },
  { name: 'another root directory', perl: 'told("chroot", chroot "/tmp");', expected: REFUSED, asRoot: null },
  {
    name: 'settings of the kernel',
    perl: `my @todo = ("/proc/sys"); my ($open, $tried) = (0, 0);
      while (defined(my $place = shift @todo)) {
        if (!-d $place) { $tried++; if (sysopen my $file, $place, O_WRONLY) { $open++; print "$place\\n" } next }
        opendir my $directory, $place or next;
        push @todo, map { "$place/$_" } grep { !/^\\.\\.?$/ } readdir $directory;
      }
      print "$open of ", ($tried > 100 ? "many" : $tried), "\\n";`,
    expected: /^0 of many\n$/,
  },
  {
    name: 'settings of its own network',
    perl: 'try_open("/proc/sys/net/ipv4/ip_forward", O_WRONLY);',
    expected: REFUSED,
  },
  {
    name: 'switches of the kernel in /proc',
    perl: 'for my $path ("/proc/sysrq-trigger", "/proc/kcore", "/proc/kmsg", "/proc/kpageflags", "/proc/irq/default_smp_affinity", "/proc/mtrr") { sysopen my $file, $path, $path =~ /sysrq|irq|mtrr/ ? O_WRONLY : O_RDONLY and print "$path\\n" } print "end\\n";',
    expected: /^end\n$/,
  },
  {
    name: 'addresses of the kernel',
    perl: 'open my $file, "<", "/proc/kallsyms" or print("0\\n") && exit; my $shown = grep { !/^0+ / } <$file>; print "$shown\\n";',
    expected: /^0\n$/,
  },
  {
    name: 'calls that are for the root of the host',
    // None does anything where it is allowed.
    perl: `my ($path, $empty) = ("none", "");
      try_call("init_module", 0, 0, $empty); try_call("kexec_load", 0, 0, 0, 0); try_call("reboot", 0, 0, 0, 0);
      try_call("swapon", $path, 0); try_call("acct", $path); try_call("settimeofday", 0, 0);`,
    expected: REFUSED,
    onlyInside: true,
  },
  {
    name: 'another name for the host',
    perl: 'my $name = "other"; try_call("sethostname", $name, 5); try_call("setdomainname", $name, 5);',
    expected: REFUSED,
    onlyInside: true,
  },
  {
    name: 'higher limits',
    perl: 'my $limit = pack "Q Q", 1 << 40, 1 << 40; try_call("setrlimit", 7, $limit);',
    expected: REFUSED,
  },
  { name: 'control groups', sh: 'grep -vc ":/$" /proc/self/cgroup; ls /sys/fs/cgroup 2>/dev/null', expected: /^0\n$/ },
].map((probe) => ({ ...probe, group: 'privileges' as const }) as Probe);
