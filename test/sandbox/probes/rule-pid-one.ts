/**
 * For `perl -e`, on x86_64: has pid 1 of its container forget the death signal that ties it to who started it.
 *
 * Pid 1 is bwrap, by the same user, so the command may trace it: it is stopped, made to call
 * `prctl(PR_SET_PDEATHSIG, 0)` in place of what it waits in, and let go again. Says `ruled: 0` when that was done.
 * Registers in the order of the kernel's `user_regs_struct`; requests are those of ptrace(2).
 */
export const RULE_PID_ONE: string = `
use strict; $| = 1;
sub trace { my ($request) = @_; syscall(101, $request, 1, 0, $_[1]) != -1 or die "ptrace $request: $!\\n" } # writes to what it is given
my ($attach, $step, $get, $set, $detach) = (16, 9, 12, 13, 17);
my ($rax, $rsi, $rdi, $orig_rax, $rip) = (10, 13, 14, 15, 16);
trace($attach, 0); waitpid 1, 0;
my $registers = "\\0" x 216; trace($get, $registers);
my @saved = unpack "q27", $registers;
my @call = @saved; @call[$rax, $rsi, $rdi, $orig_rax] = (157, 0, 1, -1); $call[$rip] -= 2;
my $text = pack "q27", @call; trace($set, $text); trace($step, 0); waitpid 1, 0;
trace($get, $registers); print "ruled: ", (unpack "q27", $registers)[$rax], "\\n";
$saved[$rax] = $saved[$orig_rax]; $saved[$orig_rax] = -1; $saved[$rip] -= 2;
$text = pack "q27", @saved; trace($set, $text); trace($detach, 0);
`;
