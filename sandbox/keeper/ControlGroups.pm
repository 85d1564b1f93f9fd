# Control groups: those of a keeper, which the guardian makes in the host, and in them one for each attempt, which
# the keeper makes by itself, as they are given to the root of the map. See cgroups(7), and for the files
# Documentation/admin-guide/cgroup-v1 and cgroup-v2.rst of the kernel.
#
# KIND is `cgroup-v1`, `cgroup-v2`, `systemd-scope` (a group of version 2 that systemd has given us) or `none`,
# then a colon and the controllers that are used, joined by commas.
package ControlGroups;
use strict;
use warnings;
use Errno qw(EBUSY);
use Exporter 'import';
use Fcntl;
use Kernel;

our @EXPORT = qw(
    make_groups remove_groups group_places make_attempt_group join_attempt_group group_usage remove_attempt_group
);

# Where each controller's group of this process is, `unified` for that of version 2.
sub own_groups {
    my ($self, $mountinfo) = @_;
    my (%path, %directory);
    for (split /\n/, $self) {
        my (undef, $controllers, $path) = split /:/, $_, 3;
        $path{$_} = $path for $controllers eq '' ? 'unified' : split /,/, $controllers;
    }
    for (split /\n/, $mountinfo) {
        my ($root, $point, $type, $options) = m{^\S+ \S+ \S+ (\S+) (\S+) .* - (cgroup2?) \S+ (\S+)} or next;
        for my $controller ($type eq 'cgroup2' ? 'unified' : split /,/, $options) {
            my $path = $path{$controller} // next;
            my $below = $root eq '/' ? $path : $path =~ m{^\Q$root\E(/.*)?\z} ? $1 // '' : next;
            $directory{$controller} //= ($point . $below) =~ s{/+\z}{}r;
        }
    }
    return \%directory;
}

# The directories to make groups in, by controller; nothing for one that cannot be used here.
sub group_places {
    my ($kind, @controllers) = @_;
    my $own = own_groups(read_file('/proc/self/cgroup') // '', read_file('/proc/self/mountinfo') // '');
    return map { defined $own->{$_} && -w $own->{$_} ? ($_ => $own->{$_}) : () } @controllers if $kind eq 'cgroup-v1';
    my $place = $own->{unified} // return;
    return map { $_ => $place } @controllers if $kind eq 'systemd-scope';
    # A group that has processes of its own can have none with controllers below it: so it is the nearest that gives
    # its groups these controllers already, and belongs to this user.
    for (; $place =~ m{/}; $place =~ s{/[^/]*\z}{}) {
        my %given = map { $_ => 1 } split ' ', read_file("$place/cgroup.subtree_control") // return;
        return map { $_ => $place } @controllers if !(grep { !$given{$_} } @controllers) && -w $place && -w "$place/cgroup.procs";
    }
    return;
}

# Makes the groups of a keeper. For version 2 this process, and so what it starts, moves to a group below.
sub make_groups {
    my ($word, $name, $uid, $gid) = @_;
    my ($kind, $controllers) = split /:/, $word;
    my $groups = { kind => $kind, of => {}, made => [] };
    return $groups if $kind eq 'none';
    my @controllers = split /,/, $controllers;
    my %place = group_places($kind, @controllers);
    for my $controller (@controllers) {
        my $place = $place{$controller} // die "the control group `$controller` cannot be used any more\n";
        my $path = $kind eq 'systemd-scope' ? $place : "$place/$name";
        if (!grep { $_ eq $path } @{ $groups->{made} }) {
            -d $path or mkdir $path or die "mkdir $path: $!\n";
            push @{ $groups->{made} }, $path;
            if ($kind ne 'cgroup-v1') {
                mkdir "$path/keeper" or die "mkdir $path/keeper: $!\n";
                write_file("$path/keeper/cgroup.procs", "0\n");
                write_file("$path/cgroup.subtree_control", join ' ', map { "+$_" } @controllers);
            }
            my @given = $kind eq 'cgroup-v1' ? ($path) : ($path, map { "$path/cgroup.$_" } qw(procs threads subtree_control));
            chown $uid, $gid, @given or die "chown $path: $!\n";
        }
        sysopen my $handle, $path, O_RDONLY | O_DIRECTORY or die "open $path: $!\n";
        $groups->{of}{$controller} = $handle;
    }
    return $groups;
}

# Those of a keeper that is gone, with what it left in them. systemd removes its scope by itself.
sub remove_groups {
    my ($groups) = @_;
    return if $groups->{kind} eq 'systemd-scope';
    for my $path (@{ $groups->{made} }) {
        write_any("$path/../cgroup.procs", "0\n") if $groups->{kind} eq 'cgroup-v2';
        remove_group($_) for glob("$path/*/"), $path;
    }
}

# A process that was killed is in its group until the kernel has taken it apart.
sub remove_group {
    my ($path) = @_;
    for (1 .. 100) {
        return 1 if rmdir $path or $! != EBUSY;
        select undef, undef, undef, 0.002;
    }
    return 0;
}

# The group of one attempt, with its limits; it is empty yet.
sub make_attempt_group {
    my ($groups, $name, $limit) = @_;
    return undef if $groups->{kind} eq 'none';
    my $version = $groups->{kind} eq 'cgroup-v1' ? 1 : 2;
    my (%path, %made);
    for my $controller (keys %{ $groups->{of} }) {
        # The host's file systems are not mounted here; through a descriptor they can be reached all the same.
        my $path = '/proc/self/fd/' . fileno($groups->{of}{$controller}) . "/$name";
        my $identity = join ':', (stat $groups->{of}{$controller})[0, 1];
        $path = $made{$identity} //= $path;
        -d $path or mkdir $path or die "the control group of the attempt: mkdir: $!\n";
        $path{$controller} = $path;
    }
    my $group = { version => $version, path => \%path };
    if (my $memory = $path{memory}) {
        if (defined(my $bytes = $limit->{memory})) {
            write_file("$memory/memory." . ($version == 1 ? 'limit_in_bytes' : 'max'), "$bytes\n");
            # Swap is no way around it.
            if ($version == 1) { write_any("$memory/memory.memsw.limit_in_bytes", "$bytes\n") }
            else { write_any("$memory/memory.swap.max", "0\n") }
        }
        write_any("$memory/memory.oom.group", "1\n") if $version == 2;
    }
    write_file("$path{pids}/pids.max", "$limit->{processes}\n") if $path{pids} && defined $limit->{processes};
    return $group;
}

sub join_attempt_group {
    my ($group, $pid) = @_;
    my %paths = map { $_ => 1 } values %{ $group->{path} };
    write_file("$_/cgroup.procs", "$pid\n") for sort keys %paths;
}

# What an attempt has used so far, at the most or in all; `hits` says which limits the kernel has held it to.
sub group_usage {
    my ($group) = @_;
    my ($memory, $pids, $time) = @{ $group->{path} }{qw(memory pids), $group->{version} == 1 ? 'cpuacct' : 'cpu'};
    my (%usage, %hits);
    if ($memory) {
        my ($peak, $events) = $group->{version} == 1 ? qw(memory.max_usage_in_bytes memory.oom_control) : qw(memory.peak memory.events);
        $usage{memory} = number("$memory/$peak") // number("$memory/memory.current");
        $hits{memory} = 1 if (read_file("$memory/$events") // '') =~ /^oom_kill [1-9]/m;
    }
    if ($pids) {
        $usage{processes} = number("$pids/pids.peak") // number("$pids/pids.current");
        $hits{processes} = 1 if (read_file("$pids/pids.events") // '') =~ /^max [1-9]/m;
    }
    if ($time) {
        if ($group->{version} == 1) { $usage{'cpu-time'} = (number("$time/cpuacct.usage") // 0) / 1e6 }
        elsif ((read_file("$time/cpu.stat") // '') =~ /^usage_usec (\d+)/m) { $usage{'cpu-time'} = $1 / 1e3 }
    }
    return (\%usage, \%hits);
}

sub remove_attempt_group {
    my ($group) = @_;
    my %paths = map { $_ => 1 } values %{ $group->{path} };
    remove_group($_) for keys %paths;
}

sub number { my ($path) = @_; my $text = read_file($path) // return undef; return $text =~ /^(\d+)/ ? $1 : undef }

# Of a file that not every kernel has.
sub write_any { my ($path, $text) = @_; return eval { -e $path && write_file($path, $text); 1 } }

1;
