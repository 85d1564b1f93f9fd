# What is in force around a step, as the kernel tells it, before the first instruction of the step.
#
# bwrap starts the gate (see gate/gate.ts) in the container. While it waits, its process has everything that the
# command will have: it becomes the command. So it is read, noted, and compared with what the policy says; the gate
# opens only when all of that has been done and agrees. See docs/receipts.md.
#
# The file `witness` of an attempt: sections `@NAME BYTES`, a newline, the bytes as they were read, a newline; the last is `end`.
package Witness;
use strict;
use warnings;
use ControlGroups;
use Exporter 'import';
use Kernel;
use Message;

our @EXPORT = qw(note_host expect_witness take_witness witness_differences kept_argv);

use constant NAMESPACES => qw(cgroup ipc mnt net pid user uts);

# What an expectation must speak of: a supervisor that says nothing of one of these gets no container.
use constant CONTROLS => qw(
    uid gid groups host-root capabilities-inheritable capabilities-permitted capabilities-effective capabilities-bounding
    capabilities-ambient no-new-privileges system-call-filter system-call-filters session terminal user-namespaces-inside
), map { "namespace-$_" } NAMESPACES;

my %host;    # the namespaces that the guardian lives in
my %ours;    # and ours, which we do not leave
my %own;     # what is told of us there, and does not change after the first attempt has begun

# Called where the host's namespaces are our own still.
sub note_host { %host = namespaces_of('self') }

sub namespaces_of {
    my ($pid) = @_;
    return map { $_ => readlink("/proc/$pid/ns/$_") // 'none' } NAMESPACES;
}

# What is known of the sandbox of an attempt before its process can be read: `$options` are what bwrap was told.
sub expect_witness {
    my ($attempt, $options) = @_;
    my $run = $attempt->{message};
    %ours = namespaces_of('self') if !%ours;
    %own = map { ("$_-of-keeper" => text_of("/proc/self/$_")) } qw(cgroup status uid_map gid_map) if !%own;
    $attempt->{expected} = {
        %own,
        'namespaces-of-host' => lines_of(\%host), 'namespaces-of-keeper' => lines_of(\%ours),
        expected => join('', map { "$_\n" } many($run, 'expect')),
        'expected-mounts' => join('', map { "$_\n" } many($run, 'mount')),
        'limits-of-group' => $attempt->{groups} ? group_limits($attempt->{groups}) : '',
        argv => join("\0", kept_argv([one($run, 'program'), @$options], [many($run, 'word')])),
    };
}

sub lines_of { my ($hash) = @_; return join '', map { "$_ $hash->{$_}\n" } sort keys %$hash }

# Reads all of the process that waits in the gate of an attempt, with what the gate said of itself, and writes it down. Dies where it is not as its policy says.
sub take_witness {
    my ($attempt, $said, $records) = @_;
    my ($init) = $records =~ /"child-pid": (\d+)/ or die "bwrap does not tell which process it made\n";
    my $pid = only_child($init);
    my %seen = map { $_ => text_of("/proc/$pid/$_") } qw(status stat uid_map gid_map mountinfo cgroup limits oom_score_adj net/dev);
    my %namespaces = namespaces_of($pid);
    my %notes = (%{ $attempt->{expected} }, %seen, gate => $said, namespaces => lines_of(\%namespaces));
    $notes{landlock} = read_file("$attempt->{directory}/landlock") // '';
    unlink "$attempt->{directory}/landlock";
    my %found = found_controls(\%notes);
    my @differences = witness_differences(\%notes, \%found);
    $notes{end} = '';
    $notes{found} = lines_of(\%found);
    $notes{differences} = join '', map { "$_\n" } @differences;
    write_file("$attempt->{directory}/witness", join '', "contractor-witness 1\n", map { "\@$_ ${\ length $notes{$_}}\n$notes{$_}\n" } sort(grep { $_ ne 'end' } keys %notes), 'end');
    die "the kernel does not show what the policy says: $differences[0]; the command was not run\n" if @differences;
}

# The process that a container's first one has started; there is no other yet.
sub only_child {
    my ($parent) = @_;
    my @children = split / /, read_file("/proc/$parent/task/$parent/children") // join ' ', children_among_all($parent);
    die "there are ${\ scalar @children} processes in the container, where one should wait\n" if @children != 1;
    return $children[0];
}

# Where the kernel has no list of them (CONFIG_PROC_CHILDREN).
sub children_among_all {
    my ($parent) = @_;
    opendir my $proc, '/proc' or die "open /proc: $!\n";
    return grep { (read_file("/proc/$_/stat") // '') =~ /^.*\) \S (\d+) /s && $1 == $parent } grep { /^\d+$/ } readdir $proc;
}

# The words that a sandbox was made with, as they are kept: without the names and passwords in the addresses of proxies,
# which are the user's and not the specification's, and in any address of the command.
sub kept_argv {
    my ($options, $words) = @_;
    my @kept = @$options;
    for my $at (2 .. $#kept) {
        $kept[$at] =~ s{^([a-z0-9+.-]+://)?[^/]*@}{$1 // ''}ie if $kept[ $at - 2 ] eq '--setenv' && $kept[ $at - 1 ] =~ /_proxy\z/i;
    }
    return (@kept, '--', map { s{([a-z][a-z0-9+.-]*://)[^/\s"']*@}{$1}gir } @$words);
}

sub text_of { my ($path) = @_; return read_file($path) // die "cannot read $path: $!\n" }

# Every control that is not as expected, in words: `CONTROL is FOUND, not EXPECTED`. First the one that changes what is
# seen of the others: the gate that got a user namespace is in it.
sub witness_differences {
    my ($notes, $controls) = @_;
    my %found = $controls ? %$controls : found_controls($notes);
    my %expected = map { split / /, $_, 2 } split /\n/, $notes->{expected};
    my @missing = map { "nothing is expected of $_" } grep { !exists $expected{$_} } CONTROLS;
    my @other = map { my $found = $found{$_} // 'unknown'; "$_ is $found, not $expected{$_}" }
        grep { !is_as_expected($_, $found{$_}, $expected{$_} // '') } 'user-namespaces-inside', grep { $_ ne 'user-namespaces-inside' } sort keys %expected;
    return (@missing, @other, mount_differences($notes->{mountinfo}, $notes->{'expected-mounts'}));
}

# Of a limit, less is as good: who builds may be held to less himself.
sub is_as_expected {
    my ($control, $found, $expected) = @_;
    return 0 if !defined $found;
    return $found eq $expected || ($control =~ /^limit-/ && $found =~ /^\d+\z/ && $found <= $expected);
}

# What its control group holds a process to, in which it is with its keeper.
sub group_controls {
    my ($notes) = @_;
    my %limits = map { split / /, $_, 2 } split /\n/, $notes->{'limits-of-group'};
    my %found;
    $found{memory} = $limits{'memory.limit_in_bytes'} // $limits{'memory.max'};
    $found{processes} = $limits{'pids.max'};
    $found{processes} -= KEEPER_PROCESSES if ($found{processes} // '') =~ /^\d+\z/;
    for my $limit (keys %found) {
        if (!defined $found{$limit}) { delete $found{$limit} }
        elsif ($notes->{cgroup} ne $notes->{'cgroup-of-keeper'}) { $found{$limit} = 'not in the control group' }
    }
    return %found;
}

sub found_controls {
    my ($notes) = @_;
    my ($status, $keeper) = map { status_fields($_) } $notes->{status}, $notes->{'status-of-keeper'};
    my ($own, $host, $ours) = map { +{ map { split / /, $_, 2 } split /\n/, $notes->{$_} } } 'namespaces', 'namespaces-of-host', 'namespaces-of-keeper';
    my %group = group_controls($notes);
    my ($files_soft, $files_hard) = $notes->{limits} =~ /^Max open files +(\S+) +(\S+)/m;
    my @stat = split / /, $notes->{stat} =~ s/^.*\) //rs;
    my ($pid) = $notes->{stat} =~ /^(\d+)/;
    my $ids = sub { my %ids = map { $_ => 1 } split /\s+/, $_[0]; return join ' ', sort { $a <=> $b } keys %ids };
    return (
        uid => $ids->($status->{Uid}), gid => $ids->($status->{Gid}), groups => $status->{Groups} eq '' ? 'none' : $status->{Groups},
        # Lines of a map are INSIDE OUTSIDE COUNT; these are of the map that all containers of the project are in.
        'host-root' => (grep { /^\s*\d+\s+0\s/ } map { split /\n/, $notes->{"${_}_map-of-keeper"} } qw(uid gid)) ? 'mapped' : 'not mapped',
        'capabilities-inheritable' => $status->{CapInh}, 'capabilities-permitted' => $status->{CapPrm},
        'capabilities-effective' => $status->{CapEff}, 'capabilities-bounding' => $status->{CapBnd},
        'capabilities-ambient' => $status->{CapAmb},
        'no-new-privileges' => $status->{NoNewPrivs}, 'system-call-filter' => $status->{Seccomp},
        # Beside those that contractor itself was started under.
        'system-call-filters' => ($status->{Seccomp_filters} // 0) - ($keeper->{Seccomp_filters} // 0),
        session => $stat[3] eq $pid || $stat[3] eq $stat[1] ? 'own' : 'shared',    # or that of the first process in there
         terminal => $stat[4] eq '0' ? 'none' : $stat[4],
        'user-namespaces-inside' => $notes->{gate} eq 'h' ? 'forbidden' : 'allowed',    # it has tried
        (map { ("limit-$_" => $group{$_}) } keys %group), 'limit-open-files' => $files_soft eq $files_hard ? $files_soft : "$files_soft of $files_hard",
        'network-interfaces' => join(' ', sort $notes->{'net/dev'} =~ /^\s*([^\s:]+):/mg),
        map { ("namespace-$_" => $own->{$_} eq $host->{$_} ? "the host's" : $own->{$_} eq $ours->{$_} ? "the project's" : 'own') } NAMESPACES,
    );
}

# Those of proc_pid_status(5) that a control speaks of.
sub status_fields { my ($text) = @_; return { $text =~ /^(Uid|Gid|Groups|Cap[A-Z]\w+|NoNewPrivs|Seccomp\w*):[ \t]*(.*?)[ \t]*$/mg } }

my %parsed;    # rules by their text, of which a project has few

sub parse_rules {
    my ($text) = @_;
    return $parsed{$text} //= do {
        my @rules = map { my ($how, $path, $types, $flags) = split / /, $_; { how => $how, path => $path, types => $types, flags => [split /,/, $flags] } } split /\n/, $text;
        my %at;
        for (reverse @rules) { $at{ $_->{path} } = $_ if $_->{how} ne 'below' }
        { all => \@rules, at => \%at, below => [grep { $_->{how} eq 'below' } @rules] };
    };
}

# A rule is `HOW PATH TYPES FLAGS`: `needed` there is such a mount, `allowed` there may be, `below` there may be
# any number under PATH. TYPES are joined by `|`, `*` is any; all FLAGS must be set.
sub mount_differences {
    my ($mountinfo, $rules) = @_;
    my $parsed = parse_rules($rules);
    my (@differences, %there);
    for my $line (split /\n/, $mountinfo) {
        my ($point, $options, $type) = $line =~ /^\S+ \S+ \S+ \S+ (\S+) (\S+) .*?- (\S+) / or return "a mount cannot be read: $line";
        my ($rule) = grep { defined } $parsed->{at}{$point}, grep { index("$point/", "$_->{path}/") == 0 } @{ $parsed->{below} };
        if (!$rule) { push @differences, "there is a mount on $point ($type), which the policy does not have"; next }
        $there{$point} = 1;
        my %set = map { $_ => 1 } split /,/, $options;
        my @lacking = grep { !$set{$_} } @{ $rule->{flags} };
        push @differences, "the mount on $point is $options, not @lacking" if @lacking;
        push @differences, "the mount on $point is of type $type, not $rule->{types}" if $rule->{types} ne '*' && !grep { $_ eq $type } split /\|/, $rule->{types};
    }
    push @differences, map { "there is no mount on $_->{path}" } grep { $_->{how} eq 'needed' && !$there{ $_->{path} } } @{ $parsed->{all} };
    return @differences;
}

1;
