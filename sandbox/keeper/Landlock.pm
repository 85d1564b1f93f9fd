# What a process that is in the host's network may do there, as far as the kernel has Landlock; see landlock(7).
package Landlock;
use strict;
use warnings;
use Exporter 'import';

our @EXPORT = qw(confine_network);

# The same numbers on every architecture.
use constant {
    CREATE_RULESET => 444, ADD_RULE => 445, RESTRICT_SELF => 446, VERSION_PLEASE => 1,
    RULE_NET_PORT => 2, BIND_TCP => 1, CONNECT_TCP => 2, SCOPE_ABSTRACT_SOCKETS => 1, SCOPE_SIGNALS => 2,
    FIRST_WITH_PORTS => 4, FIRST_WITH_SCOPES => 6,
};

# From here on this process and those that it starts connect to these TCP ports only and listen on none, reach no
# abstract socket of others, and can signal and trace nobody else. Mounting stays possible: no rule is about files.
# An older kernel cannot do it, and then it is not done: docs/security.md says what remains.
sub confine_network {
    my (@ports) = @_;
    my $abi = syscall(CREATE_RULESET, 0, 0, VERSION_PLEASE);
    return if $abi < FIRST_WITH_PORTS;
    my $scopes = $abi < FIRST_WITH_SCOPES ? 0 : SCOPE_ABSTRACT_SOCKETS | SCOPE_SIGNALS;
    my $attributes = pack 'Q3', 0, BIND_TCP | CONNECT_TCP, $scopes;
    my $rules = syscall(CREATE_RULESET, $attributes, $scopes ? 24 : 16, 0);
    die "landlock_create_ruleset: $!\n" if $rules == -1;
    for my $port (@ports) {
        my $rule = pack 'Q2', CONNECT_TCP, $port;
        die "landlock_add_rule: $!\n" if syscall(ADD_RULE, $rules, RULE_NET_PORT, $rule, 0) == -1;
    }
    die "landlock_restrict_self: $!\n" if syscall(RESTRICT_SELF, $rules, 0) == -1;
}

1;
