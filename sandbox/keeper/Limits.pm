# What an attempt may use up: set before it begins, watched while it runs, and told when it has ended.
#
# What the kernel enforces by itself is only looked at, to end the attempt and to say why; what it does not, the
# keeper counts. Either way the attempt ends at the limit, with all its processes.
package Limits;
use strict;
use warnings;
use ControlGroups;
use Exporter 'import';
use Fcntl;
use Kernel;
use Message;
use TreeSize;

our @EXPORT = qw(await_groups limit_process limit_attempt watch_in look_at_attempt last_look usage_pairs);

use constant {
    FIRST_LOOK => 0.03, LOOK_EVERY => 0.1,
    # Looking takes at most this part of the time, however many processes there are.
    LOOK_SHARE => 0.2,
    # What has grown by this part of its limit since the last look is looked at again soon.
    QUICK_GROWTH => 0.06, LOOK_SOON => 0.01,
    WALK_SECONDS => 0.03,
    NICE => 10, RLIMIT_NPROC => 6, LOG_TAIL_BYTES => 4096,
    TICKS_MS => 10,    # USER_HZ is 100 on every architecture that we know; see times(2)
    PAGE_BYTES => 4096,
};

# For the process that becomes the step's sandbox: before it takes another identity and executes anything.
sub limit_process {
    my ($run) = @_;
    for (many($run, 'rlimit')) {
        my ($resource, $value) = split /:/;
        set_rlimit($resource, $value);
    }
    # Where no control group holds its processes, there may be many for a moment: the host's own come first then.
    setpriority 0, 0, NICE if !grep { $_ eq 'processes' } many($run, 'grouped');
    # When the host runs out of memory, a step is the first to go.
    eval {
        # Of a process that has changed its ids the files in /proc are the host root's.
        call('prctl', PR_SET_DUMPABLE, 1, 0, 0, 0);
        write_file('/proc/self/oom_score_adj', "1000\n");
    };
}

# For the attempt whose process waits.
sub limit_attempt {
    my ($attempt, $groups) = @_;
    my $run = $attempt->{message};
    my %limit = map { split /:/, $_, 2 } many($run, 'limit');
    my %enforced = map { $_ => 1 } many($run, 'grouped');
    $attempt->{limit} = \%limit;
    $attempt->{peak} = {};
    if ($groups->{kind} ne 'none') {
        limit_groups($groups, { map { $enforced{$_} ? ($_ => $limit{$_}) : () } keys %limit });
        $attempt->{groups} = $groups;
    }
    my $memory = PLACE . '/memory';
    $attempt->{tmp} = $memory if many($run, 'place');
    $attempt->{disk} = disk_usage('.');
    # What is short before it begins is not its fault: of that it may have the half.
    for (['disk-reserve', 'bytes_free'], ['files-reserve', 'files_free']) {
        my ($name, $of) = @$_;
        delete $limit{$name} if !$attempt->{disk}{counts}{$of};
        my $half = int($attempt->{disk}{$of} / 2);
        $limit{$name} = $half if defined $limit{$name} && $half < $limit{$name};
    }
    $attempt->{walked_at_free} = $attempt->{disk}{bytes_free};
    $attempt->{forked_before} = newest_process();
    $attempt->{look_at} = monotonic() + FIRST_LOOK;
}

# The guardian says when the keeper is in its groups: only what is started after that is held to them.
sub await_groups {
    my ($groups) = @_;
    return if !$groups->{joining};
    my $got = sysread $groups->{joining}, my $joined, 1;
    exit_now(0) if !$got;    # The guardian is dead, and so are we: nothing is to be told of the attempt, which is run again.
    die "the keeper came into no control group\n" if $joined ne 'x';
    delete $groups->{joining};
}

# In how many seconds it is to be looked at next.
sub watch_in { my ($attempt) = @_; my $in = $attempt->{look_at} - monotonic(); return $in > 0 ? $in : 0 }

# Sets `hit` when it has come to a limit, the worst for the host first.
sub look_at_attempt {
    my ($attempt, $is_last) = @_;
    my $began = monotonic();
    my ($limit, $peak) = @$attempt{qw(limit peak)};
    my ($usage, $hits) = $attempt->{groups} ? group_usage($attempt->{groups}) : ({}, {});
    my $counted = $is_last ? {} : count_processes($attempt);
    $usage->{$_} //= $counted->{$_} for keys %$counted;
    my $tmp = $attempt->{tmp} ? disk_usage($attempt->{tmp}) : undef;
    if ($tmp) {
        @$usage{qw(tmp tmp-files)} = @$tmp{qw(bytes_used files_used)};
        $hits->{tmp} = $tmp->{bytes_free} == 0;
        $hits->{'tmp-files'} = $tmp->{files_free} == 0;
    }
    $usage->{output} = -s "$attempt->{directory}/log" // 0;
    note_peaks($attempt, $usage);
    # What the kernel holds all processes to, it says itself: the count may come up to the limit.
    my %told = (tmp => 1, 'tmp-files' => 1);
    if ($attempt->{groups}) { $told{$_} = 1 for grep { $_ ne 'cpu-time' } many($attempt->{message}, 'grouped') }
    for my $name (qw(memory processes cpu-time tmp tmp-files open-files)) {
        next if !defined $limit->{$name};
        hit($attempt, $name) if $told{$name} ? $hits->{$name} : defined $usage->{$name} && $usage->{$name} >= $limit->{$name};
    }
    hit($attempt, 'output') if defined $limit->{output} && $usage->{output} > $limit->{output};
    look_at_memory_of_host($attempt) if defined $limit->{'memory-reserve'} && !$is_last;
    look_at_disk($attempt, $is_last);
    my $took = monotonic() - $began;
    my $is_quick = grep { $counted->{$_} - ($attempt->{counted}{$_} // 0) > QUICK_GROWTH * $limit->{$_} } keys %$counted;
    $attempt->{counted} = $counted;
    my $in = $is_quick ? LOOK_SOON : $attempt->{walk} ? WALK_SECONDS : LOOK_EVERY;
    $attempt->{look_at} = monotonic() + ($took / LOOK_SHARE > $in ? $took / LOOK_SHARE : $in);
}

sub note_peaks {
    my ($attempt, $usage) = @_;
    for my $name (keys %$usage) {
        my $value = $usage->{$name} // next;
        $attempt->{peak}{$name} = $value if $value > ($attempt->{peak}{$name} // -1);
    }
}

# The first is the one that counts.
sub hit {
    my ($attempt, $name, $peak) = @_;
    $attempt->{hit} //= { name => $name, peak => $peak // $attempt->{peak}{$name} };
}

# All processes of the attempt: memory that is theirs alone, processor time, threads, and the most descriptors
# that one of them has open. What a control group tells is not counted, as it takes time.
sub count_processes {
    my ($attempt) = @_;
    my $limit = $attempt->{limit};
    my %grouped = map { $_ => 1 } $attempt->{groups} ? many($attempt->{message}, 'grouped') : ();
    my %wanted = map { $_ => 1 } grep { defined $limit->{$_} && !$grouped{$_} } qw(memory processes cpu-time open-files);
    return {} if !%wanted;
    my %count = map { $_ => 0 } keys %wanted;
    opendir my $proc, '/proc' or return {};
    my @pids = grep { /^\d+$/ && $_ != $$ } readdir $proc;
    # Then nothing else is of interest, and to look at each of them would take long.
    return { processes => scalar @pids } if $wanted{processes} && @pids >= $limit->{processes};
    for my $pid (@pids) {
        if ($wanted{'open-files'}) {
            my $files = (stat "/proc/$pid/fd")[7] // 0;    # from Linux 6.2 on
            $count{'open-files'} = $files if $files > $count{'open-files'};
        }
        if ($wanted{'cpu-time'} || $wanted{processes}) {
            my $stat = read_file("/proc/$pid/stat") // next;
            my @fields = split / /, $stat =~ s/^.*\) //rs;
            $count{processes} += $fields[17] if $wanted{processes};
            $count{'cpu-time'} += TICKS_MS * ($fields[11] + $fields[12] + $fields[13] + $fields[14]) if $wanted{'cpu-time'};
        }
        if ($wanted{memory}) {
            my (undef, $resident, $shared) = split / /, read_file("/proc/$pid/statm") // next;
            $count{memory} += PAGE_BYTES * ($resident - $shared);
        }
    }
    # Of those that have ended and were waited for by us; of others by who waited for them.
    if ($wanted{'cpu-time'}) {
        my (undef, undef, $user, $system) = times;
        $count{'cpu-time'} += 1000 * ($user + $system) - ($attempt->{time_before} //= 1000 * ($user + $system));
    }
    if ($wanted{memory}) {
        # What a child has not changed is its parent's still, so the sum may be too high: then it is asked for exactly.
        $count{memory} = proportional_memory(@pids) if $count{memory} >= $limit->{memory};
        $count{memory} += disk_usage($attempt->{tmp})->{bytes_used} if $attempt->{tmp};
    }
    return \%count;
}

sub proportional_memory {
    my $sum = 0;
    for (@_) { $sum += 1024 * $1 if (read_file("/proc/$_/smaps_rollup") // '') =~ /^Pss_Anon:\s+(\d+)/m }
    return $sum;
}

sub look_at_memory_of_host {
    my ($attempt) = @_;
    my ($available) = (read_file('/proc/meminfo') // '') =~ /^MemAvailable:\s+(\d+)/m or return;
    hit($attempt, 'memory-reserve', $attempt->{peak}{memory} // 0) if $available * 1024 < $attempt->{limit}{'memory-reserve'};
}

# The disk has no limit for a directory. So what the step has written is measured when it may be too much: when the
# disk has lost as much, or comes to its reserve. It is to blame when what it holds would make up for what is short.
sub look_at_disk {
    my ($attempt, $is_last) = @_;
    my $limit = $attempt->{limit};
    my $now = disk_usage('.');
    my %short = (
        'disk-reserve' => ($limit->{'disk-reserve'} // 0) - $now->{bytes_free},
        'files-reserve' => ($limit->{'files-reserve'} // 0) - $now->{files_free},
    );
    my @short = grep { defined $limit->{$_} && $short{$_} > 0 } sort keys %short;
    my $may_have = ($attempt->{peak}{disk} // 0) + $attempt->{walked_at_free} - $now->{bytes_free};
    my $may_be_over = defined $limit->{disk} && ($may_have >= $limit->{disk} || $is_last);
    return if !@short && !$may_be_over && !$attempt->{walk};
    if (!$attempt->{walk}) {
        $attempt->{walk} = begin_walk(grep { -d } map { "$attempt->{directory}/$_" } 'upper', 'root-upper');
        $attempt->{walked_at_free} = $now->{bytes_free};
    }
    return if !go_on_walking($attempt->{walk}, $is_last ? undef : WALK_SECONDS);
    my $walk = delete $attempt->{walk};
    note_peaks($attempt, { disk => $walk->{bytes}, files => $walk->{files} });
    hit($attempt, 'disk') if defined $limit->{disk} && $walk->{bytes} > $limit->{disk};
    my %written = ('disk-reserve' => $walk->{bytes} + ($attempt->{peak}{output} // 0), 'files-reserve' => $walk->{files});
    for (@short) { hit($attempt, $_, $written{$_}) if $written{$_} >= $short{$_} }
}

# The same when the attempt has ended, before its mounts go: a limit may have been hit since.
sub last_look {
    my ($attempt, $code) = @_;
    return if !$attempt->{limit};    # it had hardly begun
    look_at_attempt($attempt, 1);
    my $limit = $attempt->{limit};
    # What the kernel ends single processes with.
    if ($code == 128 + 25 && defined $limit->{disk}) { hit($attempt, 'disk', max($attempt->{peak}{disk} // 0, $limit->{disk})) }
    look_for_failed_forks($attempt) if $code != 0 && $attempt->{why} eq 'ended' && !$attempt->{hit};
    return if !$attempt->{hit} || $attempt->{hit}{name} ne 'output';
    truncate "$attempt->{directory}/log", $limit->{output};
}

# What forks faster than we look comes to the kernel's own bound, and may have died of it before anybody counted. The kernel
# keeps no note of that. So it takes two witnesses: as many processes were made, and the step complains of it.
sub look_for_failed_forks {
    my ($attempt) = @_;
    my ($most) = map { /^${\ RLIMIT_NPROC}:(\d+)$/ } many($attempt->{message}, 'rlimit') or return;
    # Bubblewrap's own processes are among those that are held to it, and were there before.
    return if newest_process() - $attempt->{forked_before} < 0.9 * $most;
    sysopen my $log, "$attempt->{directory}/log", O_RDONLY or return;
    my $size = -s $log;
    sysseek $log, $size > LOG_TAIL_BYTES ? $size - LOG_TAIL_BYTES : 0, 0;
    sysread $log, my $tail, LOG_TAIL_BYTES;
    hit($attempt, 'processes', $most) if ($tail // '') =~ /\bfork\b|Resource temporarily unavailable/i;
}

# The number of the newest process in our namespace: the last word of proc(5)'s loadavg.
sub newest_process { return (split ' ', read_file('/proc/loadavg') // '')[-1] // 0 }

# For the record of how it ended.
sub usage_pairs {
    my ($attempt) = @_;
    my @pairs;
    if (my $hit = $attempt->{hit}) {
        push @pairs, limit => $hit->{name}, value => $attempt->{limit}{ $hit->{name} }, peak => int($hit->{peak} // 0);
    }
    for my $name (sort keys %{ $attempt->{peak} // {} }) { push @pairs, "peak-$name" => int $attempt->{peak}{$name} }
    return @pairs;
}

sub max { my ($one, $other) = @_; return $one > $other ? $one : $other }

1;
