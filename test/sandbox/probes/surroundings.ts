import type { Probe } from './probe.ts';

const ENVIRONMENT = (user: string): RegExp =>
  new RegExp(
    [
      '^HOME=/home/builder',
      'LC_ALL=C.UTF-8',
      `LOGNAME=${user}`,
      'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      'PWD=/workspace/?',
      'TERM=dumb',
      'TMPDIR=/tmp',
      `USER=${user}\n$`,
    ].join('\n'),
  );

/** The terminal, descriptors, environment, names. */
export const SURROUNDING_PROBES: readonly Probe[] = [
  {
    name: 'the terminal of the user',
    perl: 'try_open("/dev/tty", O_RDWR);',
    expected: /^\/dev\/tty: (No such device or address|No such file or directory)\n$/,
  },
  {
    name: 'a controlling terminal',
    perl: 'open my $file, "<", "/proc/self/stat"; my @field = split / /, <$file> =~ s/^.*\\) //r; print "terminal $field[4]\\n";',
    expected: /^terminal 0\n$/,
  },
  {
    name: 'keys typed into the terminal',
    perl: 'for my $number (0 .. 2) { open my $file, "+<&=", $number; my $key = "x"; told("key", ioctl $file, 0x5412, $key) }',
    expected: /^(key: (Inappropriate ioctl for device|Operation not permitted|Input\/output error)\n){3}$/,
    onlyInside: true,
  },
  {
    name: 'descriptors',
    perl: 'opendir my $fds, "/proc/self/fd"; my $own = fileno $fds; print map { "$_\\n" } sort grep { /\\d/ && $_ != $own } readdir $fds;',
    expected: /^0\n1\n2\n$/,
  },
  {
    name: 'standard input',
    perl: 'my $count = sysread STDIN, my $text, 10; print readlink("/proc/self/fd/0"), " $count\\n";',
    expected: /^\/dev\/null 0\n$/,
    onlyInside: true,
  },
  {
    name: 'the environment',
    perl: 'print map { "$_=$ENV{$_}\\n" } grep { !/^(_|OLDPWD|PERL_BADLANG)$/ } sort keys %ENV;',
    expected: ENVIRONMENT('builder'),
    asRoot: ENVIRONMENT('root'),
    openInNaive: true,
  },
  {
    name: 'the environment of pid 1',
    perl: 'open my $file, "<", "/proc/1/environ"; local $/; my $text = <$file> // ""; print length $text, "\\n";',
    expected: /^0\n$/,
  },
  {
    name: 'the environment of all it sees',
    sh: 'cat /proc/[0-9]*/environ | grep -c TOPSECRET',
    expected: /^0\n$/,
    openInNaive: true,
  },
  {
    name: 'the command line of pid 1',
    perl: 'open my $file, "<", "/proc/1/cmdline"; local $/; print ((<$file> // "") =~ tr/\\0/ /r, "\\n");',
    expected: /^\S*bwrap --args \d+ --json-status-fd \d+ -- \/proc\/self\/fd\/\d+ \/bin\/sh -eu \/run\/step \n$/,
    onlyInside: true,
  },
  {
    name: 'the name of the host',
    perl: 'print ((POSIX::uname())[1], "\\n");',
    expected: /^contractor\n$/,
    openInNaive: true,
  },
  {
    name: 'signals that are ignored or blocked',
    sh: 'grep -E "^Sig(Blk|Ign)" /proc/self/status',
    expected: /^SigBlk:\t0+\nSigIgn:\t0+\n$/,
  },
  { name: 'the mask of new files', sh: 'umask', expected: /^0022\n$/ },
].map((probe) => ({ ...probe, group: 'surroundings' as const }) as Probe);
