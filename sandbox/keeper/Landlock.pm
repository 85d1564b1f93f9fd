# What a process that is in the host's network may do there, as far as the kernel has Landlock; see landlock(7).
package Landlock;
use strict;
use warnings;
use Exporter 'import';
use Kernel;

our @EXPORT = qw(confine_network);

# The same numbers on every architecture.
use constant {
    CREATE_RULESET => 444, ADD_RULE => 445, RESTRICT_SELF => 446, VERSION_PLEASE => 1,
    RULE_NET_PORT => 2, BIND_TCP => 1, CONNECT_TCP => 2, SCOPE_ABSTRACT_SOCKETS => 1, SCOPE_SIGNALS => 2,
    FIRST_WITH_PORTS => 4, FIRST_WITH_SCOPES => 6, EACCES => 13,
};

# From here on this process and those that it starts connect to these TCP ports only and listen on none, reach no
# abstract socket of others, and can signal and trace nobody else. Mounting stays possible: no rule is about files.
# An older kernel cannot do it, and then it is not done: docs/security.md says what remains.
#
# Returns what is in force, for the witness: lines of `version N`, `ports N …`, `scopes …`. No file in /proc tells
# that, so that it holds is tried.
sub confine_network {
    my (@ports) = @_;
    my $abi = syscall(CREATE_RULESET, 0, 0, VERSION_PLEASE);
    $abi = 0 if $abi < 0;
    return "version $abi\n" if $abi < FIRST_WITH_PORTS;
    my $scopes = $abi < FIRST_WITH_SCOPES ? 0 : SCOPE_ABSTRACT_SOCKETS | SCOPE_SIGNALS;
    my $attributes = pack 'Q3', 0, BIND_TCP | CONNECT_TCP, $scopes;
    my $rules = syscall(CREATE_RULESET, $attributes, $scopes ? 24 : 16, 0);
    die "landlock_create_ruleset: $!\n" if $rules == -1;
    for my $port (@ports) {
        my $rule = pack 'Q2', CONNECT_TCP, $port;
        die "landlock_add_rule: $!\n" if syscall(ADD_RULE, $rules, RULE_NET_PORT, $rule, 0) == -1;
    }
    die "landlock_restrict_self: $!\n" if syscall(RESTRICT_SELF, $rules, 0) == -1;
    try_other_port(@ports);
    return "version $abi\n" . "ports @ports\n" . ($scopes ? "scopes abstract-sockets signals\n" : '');
}

# A port that is not among them is refused before anything is sent.
sub try_other_port {
    my %allowed = map { $_ => 1 } @_;
    my $port = 1;
    $port++ while $allowed{$port};
    return if $port > 65535;
    socket my $socket, AF_INET, SOCK_STREAM, 0 or die "socket: $!\n";
    return if !connect($socket, pack 'S n C4 x8', AF_INET, $port, 127, 0, 0, 1) && $! == EACCES;
    die "Landlock does not hold connections to the ports that are allowed: to port $port there is no refusal\n";
}

1;
