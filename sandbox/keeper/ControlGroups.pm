# Control groups: those of a keeper, one for each controller or one for all. See cgroups(7), and for the files
# Documentation/admin-guide/cgroup-v1 and cgroup-v2.rst of the kernel.
#
# The guardian makes them in the host, and moves the keeper into them while that furnishes its namespaces. What the
# keeper starts is in them from its first instruction on. There is none for each attempt: moving a process takes a grace
# period of the kernel, 5 to 15 ms. So an attempt sets the limits, and what it uses is told from what was before. The
# keeper is in there with it, and never the one that the kernel ends for want of memory: see oom_score_adj in Limits.pm.
#
# KIND is `cgroup-v1`, `cgroup-v2`, `systemd-scope` (a group of version 2 that systemd has given us) or `none`,
# then a colon and the controllers that are used, joined by commas.
package ControlGroups;
use strict;
use warnings;
use Exporter 'import';
use Fcntl;
use Kernel;

use constant { EBUSY => 16, KEEPER_PROCESSES => 1 };

our @EXPORT = qw(
    make_groups join_groups remove_groups group_places nearest_giving given_controllers limit_groups group_usage group_limits own_groups KEEPER_PROCESSES
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
    my $nearest = nearest_giving($place, given_controllers(@controllers)) // return;
    return map { $_ => $nearest } @controllers;
}

# A group that has processes of its own can have none with controllers below it: so it is the nearest that gives
# its groups these controllers already, and belongs to this user.
sub nearest_giving {
    my ($place, @controllers) = @_;
    for (; $place =~ m{/}; $place =~ s{/[^/]*\z}{}) {
        my %given = map { $_ => 1 } split ' ', read_file("$place/cgroup.subtree_control") // return;
        return $place if !(grep { !$given{$_} } @controllers) && -w $place && -w "$place/cgroup.procs";
    }
    return;
}

# Those of version 2 that a group has only where the one above it gives them. Processor time every group counts, and that is
# all that we want of `cpu`: systemd gives it to few groups, and to those of its services not.
sub given_controllers { return grep { $_ ne 'cpu' } @_ }

# What of a group the keeper writes.
my %GIVEN = (
    1 => [qw(memory.limit_in_bytes memory.memsw.limit_in_bytes memory.max_usage_in_bytes memory.force_empty pids.max)],
    2 => [qw(memory.max memory.swap.max memory.peak pids.max)],
);

# Makes the groups of a keeper, for the root of the map to set limits in.
sub make_groups {
    my ($word, $name, $uid, $gid) = @_;
    my ($kind, $controllers) = split /:/, $word;
    my $groups = { kind => $kind, version => $kind eq 'cgroup-v1' ? 1 : 2, of => {}, made => [], set => {} };
    return $groups if $kind eq 'none';
    my @controllers = split /,/, $controllers;
    my %place = group_places($kind, @controllers);
    if ($kind eq 'systemd-scope') {
        # A group with processes of its own gives none below it controllers: so we go below, too.
        my $scope = $place{ $controllers[0] } // die "there is no control group of systemd\n";
        mkdir "$scope/guardian" or die "mkdir $scope/guardian: $!\n";
        write_file("$scope/guardian/cgroup.procs", "0\n");
        write_file("$scope/cgroup.subtree_control", join ' ', map { "+$_" } given_controllers(@controllers));
    }
    for my $controller (@controllers) {
        my $place = $place{$controller} // die "the control group `$controller` cannot be used any more\n";
        my $path = "$place/$name";
        if (!grep { $_ eq $path } @{ $groups->{made} }) {
            mkdir $path or die "mkdir $path: $!\n";
            push @{ $groups->{made} }, $path;
        }
        for my $file (grep { -e "$path/$_" } @{ $GIVEN{ $groups->{version} } }) { chown $uid, $gid, "$path/$file" or die "chown $path/$file: $!\n" }
        # Where the host's file systems are not mounted, they can be reached through this.
        sysopen my $handle, $path, O_RDONLY | O_DIRECTORY or die "open $path: $!\n";
        $groups->{of}{$controller} = $handle;
    }
    return $groups;
}

# Moves a process into all of them.
sub join_groups {
    my ($groups, $pid) = @_;
    write_file("$_/cgroup.procs", "$pid\n") for @{ $groups->{made} };
}

# Those of a keeper that is gone. A process that was killed is in its group until the kernel has taken it apart.
sub remove_groups {
    my ($groups) = @_;
    for my $path (@{ $groups->{made} }) {
        for (1 .. 100) {
            last if rmdir $path or $! != EBUSY;
            select undef, undef, undef, 0.002;
        }
    }
}

sub directory_of {
    my ($groups, $controller) = @_;
    my $handle = $groups->{of}{$controller} // return undef;
    return ref $handle ? '/proc/self/fd/' . fileno $handle : $handle;
}

# Sets the limits of the attempt that begins, beside what the keeper itself takes, and notes what was used before.
sub limit_groups {
    my ($groups, $limit) = @_;
    return if $groups->{kind} eq 'none';
    my ($memory, $pids) = map { directory_of($groups, $_) } qw(memory pids);
    if ($memory && defined $limit->{memory}) {
        if ($groups->{version} == 1) { limit_memory_v1($groups, $memory, $limit->{memory}) }
        else {
            set_limit($groups, "$memory/memory.max", $limit->{memory});
            write_any("$memory/memory.swap.max", "0\n");
            # What is read of this descriptor then counts from now on; before Linux 6.12 it always counts from the start.
            $groups->{peak} = undef;
            if (sysopen my $peak, "$memory/memory.peak", O_RDWR) { $groups->{peak} = $peak if syswrite $peak, "reset\n" }
        }
    }
    set_limit($groups, "$pids/pids.max", $limit->{processes} + KEEPER_PROCESSES) if $pids && defined $limit->{processes};
    $groups->{before} = read_groups($groups);
}

# Swap is no way around it: the limit of both is never below that of memory alone, so which of them comes first
# depends on whether they grow.
sub limit_memory_v1 {
    my ($groups, $memory, $bytes) = @_;
    my ($own, $both) = map { "$memory/memory.$_" } qw(limit_in_bytes memsw.limit_in_bytes);
    if (($groups->{set}{$own} // -1) != $bytes) {
        write_any($both, "$bytes\n");
        if (!eval { set_limit($groups, $own, $bytes); 1 }) {
            write_any("$memory/memory.force_empty", "0\n");    # what earlier attempts have left in caches
            set_limit($groups, $own, $bytes);
        }
        write_any($both, "$bytes\n");
    }
    write_any("$memory/memory.max_usage_in_bytes", "0\n");
}

# A limit that the kernel does not show afterwards is none. Memory it counts in pages.
sub set_limit {
    my ($groups, $file, $value) = @_;
    return if ($groups->{set}{$file} // -1) == $value;
    delete $groups->{set}{$file};
    write_file($file, "$value\n");
    my $got = number($file) // 'nothing';
    die "the control group shows $got for a limit of $value\n" if $got !~ /^\d+$/ || $got > $value || $got <= $value - 65536;
    $groups->{set}{$file} = $value;
}

# What the kernel shows of the limits, a line each.
sub group_limits {
    my ($groups) = @_;
    my ($memory, $pids) = map { directory_of($groups, $_) } qw(memory pids);
    my @files = (
        $memory ? map { "$memory/memory.$_" } qw(limit_in_bytes memsw.limit_in_bytes max swap.max) : (),
        $pids ? "$pids/pids.max" : (),
    );
    return join '', map { my $text = read_file($_); defined $text ? m{([^/]+)\z} && "$1 $text" : () } @files;
}

# What an attempt has used so far, at the most or in all; `hits` says which limits the kernel has held it to.
sub group_usage {
    my ($groups) = @_;
    my ($now, $before) = (read_groups($groups), $groups->{before});
    my %usage;
    if (defined $now->{memory}) {
        $usage{memory} = $now->{memory};
        if (my $peak = $groups->{peak}) {
            sysseek $peak, 0, 0;
            sysread $peak, my $text, 64;
            $usage{memory} = $1 if ($text // '') =~ /^(\d+)/;
        }
    }
    if (defined $now->{processes}) {
        # The highest ever is that of the attempt when it is a new one.
        my $is_new = defined $now->{highest} && $now->{highest} > ($before->{highest} // 0);
        $usage{processes} = ($is_new ? $now->{highest} : $now->{processes}) - KEEPER_PROCESSES;
    }
    $usage{'cpu-time'} = $now->{time} - $before->{time} if defined $now->{time};
    my %hits = map { $_ => 1 } grep { ($now->{"hits-$_"} // 0) > ($before->{"hits-$_"} // 0) } qw(memory processes);
    return (\%usage, \%hits);
}

# What the files of the groups say now.
sub read_groups {
    my ($groups) = @_;
    my $version = $groups->{version};
    my ($memory, $pids, $time) = map { directory_of($groups, $_) } qw(memory pids), $version == 1 ? 'cpuacct' : 'cpu';
    my %now;
    if ($memory) {
        $now{memory} = number($version == 1 ? "$memory/memory.max_usage_in_bytes" : "$memory/memory.current");
        my $events = read_file("$memory/" . ($version == 1 ? 'memory.oom_control' : 'memory.events')) // '';
        $now{'hits-memory'} = $1 if $events =~ /^oom_kill (\d+)/m;
    }
    if ($pids) {
        $now{processes} = number("$pids/pids.current");
        $now{highest} = number("$pids/pids.peak");
        $now{'hits-processes'} = $1 if (read_file("$pids/pids.events") // '') =~ /^max (\d+)/m;
    }
    if ($time) {
        if ($version == 1) { $now{time} = (number("$time/cpuacct.usage") // 0) / 1e6 }
        elsif ((read_file("$time/cpu.stat") // '') =~ /^usage_usec (\d+)/m) { $now{time} = $1 / 1e3 }
    }
    return \%now;
}

sub number { my ($path) = @_; my $text = read_file($path) // return undef; return $text =~ /^(\d+)/ ? $1 : undef }

# Of a file that not every kernel has.
sub write_any { my ($path, $text) = @_; return eval { -e $path && write_file($path, $text); 1 } }

1;
