import type { Probe } from './probe.ts';

export const PROCESS_PROBES: readonly Probe[] = [
  {
    name: 'the processes of the host',
    perl: 'my $count = 0; for my $path (glob "/proc/[0-9]*/cmdline") { open my $file, "<", $path or next; $count++ if (<$file> // "") eq "sleep\\x00987650\\x00" } print "$count\\n";',
    expected: /^0\n$/,
    openInNaive: true,
  },
  {
    name: 'how many processes there are',
    perl: 'opendir my $proc, "/proc"; my $count = grep { /^\\d+$/ } readdir $proc; print $count < 8 ? "few" : $count, "\\n";',
    expected: /^few\n$/,
  },
  {
    name: 'a signal to a process of the host',
    perl: 'told("kill", kill 0, %PID%);',
    expected: /^kill: No such process\n$/,
    openInNaive: true,
  },
  {
    name: 'tracing a process of the host',
    perl: 'try_call("ptrace", 0x4206, %PID%, 0, 0);',
    expected: /^ptrace: (No such process|Operation not permitted)\n$/,
  },
  {
    name: 'the memory of a process of the host',
    perl: `my $buffer = "\\0" x 8; my $here = pack "P Q", $buffer, 8; my $there = pack "Q Q", 0x400000, 8;
      try_call("process_vm_readv", %PID%, $here, 1, $there, 1, 0);`,
    expected: /^process_vm_readv: (No such process|Operation not permitted)\n$/,
  },
  {
    name: 'a descriptor of a process of the host',
    perl: 'try_call("pidfd_open", %PID%, 0);',
    expected: /^pidfd_open: (No such process|Operation not permitted|Function not implemented)\n$/,
    openInNaive: true,
  },
  {
    name: 'the environment of a process of the host',
    sh: 'cat /proc/%PID%/environ',
    expected: /No such file or directory\n$/,
    openInNaive: true,
  },
  {
    name: 'shared memory of the host',
    perl: 'told("shmget", defined shmget(%KEY%, 4096, 0));',
    expected: /^shmget: (No such file or directory|Operation not permitted)\n$/,
    openInNaive: true,
  },
  { name: 'named shared memory of the host', sh: 'ls /dev/shm | grep -c .', expected: /^0\n$/ },
  {
    name: 'the end of pid 1 of the container',
    perl: 'kill "KILL", 1; kill "STOP", 1; select undef, undef, undef, 0.02; print "alive\\n";',
    expected: /^alive\n$/,
    onlyInside: true,
  },
  {
    name: 'the namespaces of pid 1',
    perl: `for my $kind (qw(net mnt pid ipc uts user)) {
        sysopen my $file, "/proc/1/ns/$kind", O_RDONLY or print("setns: $!\\n") && next;
        try_call("setns", fileno $file, 0);
      }`,
    expected: /^(setns: (Operation not permitted|Permission denied|Invalid argument)\n){6}$/,
  },
  {
    name: 'the descriptors of pid 1',
    perl: 'opendir my $fds, "/proc/1/fd" or print("none\\n") && exit; print map { (readlink("/proc/1/fd/$_") // "") . "\\n" } grep { !/^\\.+$/ } readdir $fds;',
    expected: /^((\/dev\/null|anon_inode:\[(eventfd|signalfd)\]|.*\/log)\n|none\n)+$/,
    onlyInside: true,
  },
  {
    name: 'a higher priority',
    perl: `my $one = pack "i", 1; told("nice", defined POSIX::nice(-5)); try_call("sched_setscheduler", 0, 1, $one);
      my $file = try_open("/proc/self/oom_score_adj", O_WRONLY); told("oom_score_adj", defined syswrite $file, "-1000");`,
    expected:
      /^nice: (Operation not permitted|Permission denied)\nsched_setscheduler: Operation not permitted\n.*\noom_score_adj: Permission denied\n$/,
    onlyInside: true,
  },
].map((probe) => ({ ...probe, group: 'processes' as const }) as Probe);
