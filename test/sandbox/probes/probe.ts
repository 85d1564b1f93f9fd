/**
 * A small program of an attacker, and what it says in a sandbox that holds.
 *
 * Data, so that the same program can be run in a container of ours, in one with a
 * control taken away, and in one that was started by hand without much thought.
 * Nothing here does harm where it succeeds: it opens, looks, asks; it does not kill or write.
 */
export interface Probe {
  readonly name: string;
  readonly group: 'network' | 'files' | 'processes' | 'privileges' | 'surroundings';
  /** For `sh`, or for `perl` with {@link PRELUDE} before it. `%NAME%` stands for a bait: see bait.ts. */
  readonly sh?: string;
  readonly perl?: string;
  /** What it says in a container that is not writable. */
  readonly expected: RegExp;
  /** What it says to the root of a writable container; `null` when that is no attack there. */
  readonly asRoot?: RegExp | null;
  /** `bwrap --ro-bind / /` does not hold it. */
  readonly openInNaive?: true;
  /** Only asked in our own containers, as it is not sure to be harmless elsewhere. */
  readonly onlyInside?: true;
}

/** System calls by number, refusals in words: `NAME: done` or `NAME: Operation not permitted`. */
const PRELUDE = `
use strict; use Socket; $| = 1;
my $arm = (POSIX::uname())[4] eq "aarch64";
my %number = map { my ($name, $x86, $aarch64) = split /[ ]/; $name => $arm ? $aarch64 : $x86 } split /,/,
  "ptrace 101 117,mount 165 40,umount2 166 39,pivot_root 155 41,unshare 272 97,setns 308 268,clone3 435 435,"
  . "setxattr 188 5,process_vm_readv 310 270,open_by_handle_at 304 265,init_module 175 105,kexec_load 246 104,"
  . "reboot 169 142,swapon 167 224,acct 163 89,settimeofday 164 170,sethostname 170 161,setdomainname 171 162,capset 126 91,"
  . "prctl 157 167,pidfd_open 434 434,fsopen 430 430,open_tree 428 428,setrlimit 160 164,"
  . "sched_setscheduler 144 119,setresuid 117 147,setgroups 116 159,quotactl 179 60,"
  . "mount_setattr 442 442,pidfd_getfd 438 438,shmget 29 194,name_to_handle_at 303 264";
sub told { my ($name, $ok) = @_; print "$name: ", ($ok ? "done" : $!), "\\n"; $ok }
sub try_call { my ($name, @arguments) = @_; my $got = syscall $number{$name} + 0, @arguments; told($name, $got != -1); $got }
sub try_open { my ($path, $mode) = @_; my $ok = sysopen my $file, $path, $mode; told($path, $ok); $file }
`;

/** What a system call says that is not allowed. A filter may say it otherwise than the kernel's own checks. */
export const REFUSED: RegExp =
  /^(.+: (Operation not permitted|Permission denied|Function not implemented|Read-only file system)\n)+$/;

/** The script that runs probes one after the other and marks where the answer of each begins. */
export function probingScript(probes: readonly Probe[], baits: Readonly<Record<string, string>>): string {
  const baited = (text: string): string => text.replaceAll(/%([A-Z]+)%/g, (_, name: string) => baits[name] ?? '');
  return probes
    .map(({ name, sh, perl }) => {
      const run =
        sh === undefined
          ? `PERL_BADLANG=0 perl -MPOSIX -MFcntl -e ${quoted(baited(PRELUDE + (perl ?? '')))}`
          : `sh -c ${quoted(baited(sh))}`;
      return `echo ${quoted(`${MARK}${name}`)}\n${run} 2>&1 || :`;
    })
    .join('\n');
}

/** The answers in the output of such a script, by the names of the probes. */
export function answersIn(output: string): Map<string, string> {
  return new Map(
    output.split(MARK).flatMap((part) => {
      const end = part.indexOf('\n');
      return end === -1 ? [] : [[part.slice(0, end), part.slice(end + 1)] as const];
    }),
  );
}

const MARK = '@@@ ';

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
