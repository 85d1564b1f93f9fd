# A keeper enters its control groups, and what of them works on this host.
package KeeperGroups;
use strict;
use warnings;
use ControlGroups;
use Exporter 'import';
use Kernel;
use Limits;
use Message;
use Namespaces;

our @EXPORT = qw(groups_of enter_groups probe_groups);

# Named after what lives in them, so that whoever finds them later can tell that it is gone.
sub groups_of {
    my ($kind, $directory, $map) = @_;
    my ($id) = $directory =~ m{([^/]+)/*\z};
    my @root = map { $map->{$_}[0][1] } qw(uid gid);
    return make_groups($kind, "contractor-$id-$$-" . start_time($$), @root);
}

# Does in a short life what a keeper does for an attempt, and reads back what came of it.
sub probe_groups {
    my ($map_word, $kind) = @_;
    close_inherited(3);
    my $map = parse_map($map_word);
    my @wanted = $kind eq 'cgroup-v1' ? qw(memory pids cpuacct cpu) : qw(memory pids cpu);
    my %place = eval { group_places($kind, @wanted) };
    my @controllers = grep { $place{$_} } @wanted or do { print message('groups', kind => 'none'); return 0 };
    my $name = "contractor-probe-$$-" . start_time($$);
    my $groups = eval { make_groups("$kind:" . join(',', @controllers), $name, map { $map->{$_}[0][1] } qw(uid gid)) };
    if (!$groups) { print message('groups', kind => 'none', error => $@); return 0 }
    pipe my $result_r, my $result_w or die "pipe: $!\n";
    my ($pid, $line) = enter_groups($map, $groups, sub {
        furnish();
        become(0, 0);
        await_groups($groups);
        syswrite $result_w, join ' ', probe_group($groups, \@controllers);
        return 0;
    });
    join_groups($groups, $pid);
    syswrite $groups->{joined}, 'x';
    close $result_w;
    sysread $result_r, my $working, 4096;
    waitpid $pid, 0;
    remove_groups($groups);
    my @working = split / /, $working // '';
    my %places = map { $place{$_} => 1 } @working;
    print message('groups', kind => @working ? "$kind:" . join(',', @working) : 'none', map { (place => $_) } $kind eq 'systemd-scope' ? () : sort keys %places);
    return 0;
}

# The controllers in whose groups a child is as soon as it is there, and is held to what we say.
sub probe_group {
    my ($groups, $controllers) = @_;
    pipe my $wait_r, my $wait_w or return;
    my $child = fork // return;
    if ($child == 0) { close $wait_w; sysread $wait_r, my $end, 1; exit_now(0) }
    my @working = grep {
        my $controller = $_;
        my $alone = { %$groups, of => { $controller => $groups->{of}{$controller} } };
        my $members = '/proc/self/fd/' . fileno($groups->{of}{$controller}) . '/cgroup.procs';
        eval { limit_groups($alone, { memory => 1 << 28, processes => 77 }); 1 } && grep { $_ == $child } split /\n/, read_file($members) // '';
    } @$controllers;
    close $wait_w;
    waitpid $child, 0;
    return @working;
}

# As `enter`, with the pipe by which the one inside hears that it is in its groups.
sub enter_groups {
    my ($map, $groups, $inner) = @_;
    pipe $groups->{joining}, $groups->{joined} or die "pipe: $!\n";
    my @entered = enter($map, sub { close delete $groups->{joined}; return $inner->(@_) });
    close delete $groups->{joining};
    return @entered;
}

1;
