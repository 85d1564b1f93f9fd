/** A program that uses up something of the host, and the limit that it has to end at. */
export interface Exhaustion {
  readonly name: string;
  /** For `sh`, where Perl is; MARK is a number by which its processes are found. */
  readonly script: string;
  readonly limits: object;
  /** The limit of its outcome. */
  readonly ends: string;
  /** The most that the peak may be, where it is not the limit itself: what is watched can be over it for a moment. */
  readonly most?: number;
}

const MIB = 2 ** 20;

export const EXHAUSTIONS: readonly Exhaustion[] = [
  {
    name: 'a fork bomb',
    script: 'f() { f | f & }; f; f; f; sleep MARK',
    limits: { processes: 100 },
    ends: 'processes',
    most: 330,
  },
  {
    name: 'a bomb of processes that stay, each in a session of its own',
    script: 'while :; do setsid sleep MARK & done',
    limits: { processes: 100 },
    ends: 'processes',
    most: 330,
  },
  {
    name: 'a bomb of processes that forks again when it cannot',
    script: `perl -e 'while (1) { fork; select undef, undef, undef, 0.001 }' MARK`,
    limits: { processes: 100 },
    ends: 'processes',
    most: 330,
  },
  {
    name: 'memory, all at once',
    script: `perl -e '$x = "x" x 300e6; sleep 600' MARK`,
    limits: { memory: '100M' },
    ends: 'memory',
    most: 700 * MIB,
  },
  {
    name: 'memory, by many processes',
    script: `for i in 1 2 3 4 5 6 7 8; do perl -e '$x = "x" x 20e6; sleep 600' MARK & done; wait`,
    limits: { memory: '100M' },
    ends: 'memory',
    most: 700 * MIB,
  },
  {
    name: 'memory, where the one that is killed does not matter to the step',
    script: `perl -e '$x = "x" x 300e6; sleep 600' MARK || :; sleep MARK`,
    limits: { memory: '100M' },
    ends: 'memory',
    most: 700 * MIB,
  },
  { name: 'the disk, by one file', script: 'cat /dev/zero >file', limits: { disk: '30M' }, ends: 'disk' },
  {
    name: 'the disk, by one file after another',
    script: 'i=0; while :; do head -c 1000000 /dev/zero >f$i; i=$((i + 1)); done',
    limits: { disk: '30M' },
    ends: 'disk',
    most: 4096 * MIB,
  },
  {
    name: 'the disk, by a file of holes',
    script: `perl -e 'open F, ">", "file"; truncate F, 4e12 or die $!'`,
    limits: { disk: '30M' },
    ends: 'disk',
  },
  {
    name: '/tmp, by one file',
    script: 'cat /dev/zero >/tmp/file || :; sleep MARK',
    limits: { tmp: '20M' },
    ends: 'tmp',
  },
  { name: '/dev/shm', script: 'cat /dev/zero >/dev/shm/file || :; sleep MARK', limits: { tmp: '20M' }, ends: 'tmp' },
  {
    name: 'the home and /tmp together',
    script: 'head -c 15000000 /dev/zero >/tmp/file; head -c 15000000 /dev/zero >/home/builder/file',
    limits: { tmp: '20M' },
    ends: 'tmp',
  },
  {
    name: '/tmp, by files without contents',
    script: 'i=0; while : >/tmp/$i; do i=$((i + 1)); done; sleep MARK',
    limits: { tmp: '20M' },
    ends: 'tmp-files',
  },
  {
    name: 'the log, by a flood of lines',
    script: 'while :; do cat /bin/sh; done',
    limits: { output: '1M' },
    ends: 'output',
    most: 4096 * MIB,
  },
  {
    name: 'the log, by one line without an end',
    script: `exec cat /dev/zero >&2`,
    limits: { output: '1M' },
    ends: 'output',
    most: 4096 * MIB,
  },
  {
    name: 'descriptors',
    script: `perl -e '$^F = 1000; while (open my $f, "<", "/dev/null") { push @f, $f } sleep 600' MARK`,
    limits: { 'open-files': 64 },
    ends: 'open-files',
  },
  {
    name: 'processors',
    script: 'while :; do :; done',
    limits: { 'cpu-time': 0.5 },
    ends: 'cpu-time',
    most: 4000,
  },
  {
    name: 'processors, by many processes',
    script: 'for i in 1 2 3 4 5; do while :; do :; done & done; wait',
    limits: { 'cpu-time': 0.5 },
    ends: 'cpu-time',
    most: 8000,
  },
];
