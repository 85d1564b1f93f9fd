import { architectureOf } from '../../../sandbox/seccomp/architecture.ts';
import type { Architecture } from '../../../sandbox/seccomp/architecture.ts';

/** What Perl has to know of a processor: how it makes `prctl(1, 0)` of `@call`, registers as they are when pid 1 waits. */
interface Registers {
  readonly ptrace: number;
  readonly count: number;
  readonly call: string;
  readonly result: number;
  /** What has `@saved` wait again. */
  readonly again: string;
}

const REGISTERS: Readonly<Record<Architecture['name'], Registers>> = {
  // In the order of `user_regs_struct`: of rax (10), rsi (13), rdi (14), orig_rax (15), rip (16). A call is 2 bytes.
  x86_64: {
    ptrace: 101,
    count: 27,
    call: '@call[10, 13, 14, 15] = (157, 0, 1, -1); $call[16] -= 2;',
    result: 10,
    again: '$saved[10] = $saved[15]; $saved[15] = -1; $saved[16] -= 2;',
  },
  // Of `user_pt_regs`: x0 to x30 first. Here the kernel itself has gone back to the call, arguments in place, when it stops.
  aarch64: { ptrace: 117, count: 34, call: '@call[0, 1, 8] = (1, 0, 167);', result: 0, again: '' },
};

const { ptrace, count, call, result, again } = REGISTERS[architectureOf(process.arch).name];

/**
 * For `perl -e`: has pid 1 of its container forget the death signal that ties it to who started it.
 *
 * Pid 1 is bwrap, by the same user, so the command may trace it: it is stopped, made to call
 * `prctl(PR_SET_PDEATHSIG, 0)` in place of what it waits in, and let go again. Says `ruled: 0` when that was done.
 * Requests are those of ptrace(2).
 */
export const RULE_PID_ONE: string = `
use strict; $| = 1;
my ($attach, $step, $detach, $get, $set) = (16, 9, 17, 0x4204, 0x4205);
sub trace { my ($request) = @_; syscall(${ptrace}, $request, 1, $_[1], $_[2]) != -1 or die "ptrace $request: $!\\n" }
sub registers {
  my ($request, @values) = @_;
  my $values = pack "q${count}", @values;
  my $place = pack "P Q", $values, length $values;
  trace($request, 1, $place);
  return unpack "q${count}", $values;
}
trace($attach, 0, 0); waitpid 1, 0;
my @saved = registers($get, (0) x ${count});
my @call = @saved; ${call}
registers($set, @call); trace($step, 0, 0); waitpid 1, 0;
print "ruled: ", (registers($get, (0) x ${count}))[${result}], "\\n";
${again}
registers($set, @saved); trace($detach, 0, 0);
`;
