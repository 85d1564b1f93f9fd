import { REFUSED } from './probe.ts';
import type { Probe } from './probe.ts';

const NOTHING_THERE = /^(.*: No such file or directory\n)+$/;

export const FILE_PROBES: readonly Probe[] = [
  { name: 'a file of the host', sh: 'cat %SECRET%', expected: NOTHING_THERE, openInNaive: true },
  {
    name: 'the same by /proc/self/root',
    sh: 'cat /proc/self/root%SECRET%',
    expected: NOTHING_THERE,
    openInNaive: true,
  },
  {
    name: 'the same by the root of other processes',
    sh: 'cat /proc/[0-9]*/root%SECRET% /proc/[0-9]*/cwd%SECRET% 2>/dev/null | grep -c TOPSECRET',
    expected: /^0\n$/,
    openInNaive: true,
  },
  {
    name: 'the same by a link in the workspace',
    sh: 'ln -sf %SECRET% link; cat link; ln -sf ../../../../../../..%SECRET% link; cat link; rm link',
    expected: NOTHING_THERE,
    openInNaive: true,
  },
  {
    name: 'the same through .. beyond a change of root',
    perl: `opendir my $top, "/"; chroot "/tmp"; chdir $top; chdir ".." for 1 .. 40; chroot ".";
      open my $file, "<", "./%SECRET%"; told("open", defined fileno $file);`,
    expected: /^open: No such file or directory\n$/,
    openInNaive: true,
  },
  {
    name: 'the same by a file handle',
    perl: `opendir my $here, "/"; my $handle = pack "I i I I", 8, 1, 2, 0;
      try_call("open_by_handle_at", fileno $here, $handle, 0);`,
    expected: REFUSED,
  },
  { name: 'homes', sh: 'ls -d %HOME% /root/.ssh', expected: NOTHING_THERE },
  {
    name: 'who this host is',
    sh: 'cat /etc/machine-id /etc/hostname /etc/resolv.conf /etc/shadow',
    expected: NOTHING_THERE,
    openInNaive: true,
  },
  { name: '/sys', sh: 'ls /sys', expected: NOTHING_THERE, openInNaive: true },
  {
    name: 'paths of the host in the table of mounts',
    sh: 'grep -c -e %STORE% -e %HOME%/ /proc/self/mountinfo /proc/self/mounts /proc/self/mountstats',
    expected: /^(.*:0\n){3}$/,
  },
  {
    name: 'paths of the host in the links of descriptors',
    sh: 'readlink /proc/*/fd/* /proc/*/cwd /proc/*/root /proc/*/exe | grep -c -e %STORE% -e %HOME%/',
    expected: /^0\n$/,
  },
  {
    name: 'device nodes',
    sh: 'ls /dev',
    expected: /^core\nfd\nfull\nnull\nptmx\npts\nrandom\nshm\nstderr\nstdin\nstdout\ntty\nurandom\nzero\n$/,
  },
  {
    name: 'memory of the kernel',
    perl: 'try_open($_, O_RDONLY) for "/dev/mem", "/dev/kmem", "/dev/port", "/dev/kmsg";',
    expected: NOTHING_THERE,
  },
  {
    name: 'a file in /dev',
    sh: 'touch /dev/new && rm /dev/new && echo made',
    expected: /(Read-only file system|Permission denied)\n$/,
    openInNaive: true,
  },
  {
    name: 'a device of its own',
    sh: 'for place in . /tmp /dev/shm; do mknod $place/disk b 8 0 && echo made; mknod $place/null c 1 3 && echo made; done',
    expected: /^(mknod: .*\n){6}$/,
  },
  {
    name: 'a whiteout of an overlay',
    sh: 'mknod whiteout c 0 0 && echo made && rm whiteout',
    expected: /^mknod: .*\n$/,
    openInNaive: true,
  },
  {
    name: 'the system tree',
    sh: 'for file in /etc/new /usr/new /bin/new /new; do touch $file && echo made && rm $file; done',
    expected: /^(.*(Read-only file system|Permission denied|No such file or directory)\n){4}$/,
    asRoot: null,
  },
  {
    name: 'places that can be written',
    perl: `my @found; my @todo = ("/");
      while (defined(my $place = shift @todo)) {
        next if $place =~ m{^/(proc|sys)(/|$)} || -l $place;
        opendir my $directory, $place or next;
        push @todo, map { ($place eq "/" ? "" : $place) . "/$_" } grep { !/^\\.\\.?$/ && -d "$place/$_" && !-l "$place/$_" } readdir $directory;
        if (sysopen my $file, "$place/.written", O_WRONLY | O_CREAT | O_EXCL) { push @found, $place; unlink "$place/.written" }
      }
      print "$_\\n" for sort @found;`,
    expected: /^\/dev\/shm\n\/home\n\/home\/builder\n\/run\n\/run\/lock\n\/tmp\n\/workspace\n$/,
    asRoot: null,
    onlyInside: true,
  },
  {
    name: 'the script of the step',
    perl: 'try_open("/run/step", O_WRONLY); told("unlink", unlink "/run/step");',
    expected:
      /^\/run\/step: (Read-only file system|Permission denied)\nunlink: (Device or resource busy|Permission denied|Read-only file system)\n$/,
    onlyInside: true,
  },
  {
    name: 'a hard link into the workspace',
    sh: 'ln /bin/sh sh && echo linked && rm sh',
    expected: /(cross-device link|not permitted)\n$/,
  },
  {
    name: 'mounts',
    perl: `my ($none, $tmpfs) = ("none", "tmpfs");
      try_call("mount", $tmpfs, "/tmp", $tmpfs, 0, 0);
      try_call("mount", "/", "/tmp", $none, 4096, 0);
      try_call("mount", $none, "/", $none, 4096 | 32, 0);
      try_call("umount2", "/proc/sys", 2);
      try_call("pivot_root", "/tmp", "/tmp");
      try_call("mount", $_, "/tmp", $_, 0, 0) for "proc", "sysfs", "cgroup2", "debugfs", "bpf", "overlay";`,
    expected: REFUSED,
  },
  {
    name: 'mounts, by the new interface',
    perl: `my ($root, $tmpfs) = ("/", "tmpfs"); my $attributes = "\\0" x 32;
      try_call("fsopen", $tmpfs, 0); try_call("open_tree", -100, $root, 1);
      try_call("mount_setattr", -100, $root, 0, $attributes, 32);`,
    expected: REFUSED,
  },
  {
    name: 'attributes that only a kernel trusts',
    perl: `open my $file, ">", "attributed"; close $file; my ($path, $value) = ("attributed", "y" x 20);
      try_call("setxattr", $path, $_, $value, 20, 0) for "trusted.overlay.opaque", "security.capability";
      unlink $path;`,
    expected: /^(setxattr: (Operation not permitted|Invalid argument|Operation not supported)\n){2}$/,
  },
  {
    name: 'a file that nobody can remove',
    perl: `open my $file, ">", "stays"; my $flags = pack "L!", 0x10;
      told("immutable", ioctl $file, 0x40086602, $flags); unlink "stays";`,
    expected: /^immutable: (Operation not permitted|Inappropriate ioctl for device|Operation not supported)\n$/,
  },
].map((probe) => ({ ...probe, group: 'files' as const }) as Probe);
