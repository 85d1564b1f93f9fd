#!/usr/bin/perl
# The keeper: the small process that holds the attempts of one line of work, one at
# a time, and outlives the supervisor that started it.
#
#   supervisor ──socket── keeper (pid 1 of an outer pid namespace, root of a map of subordinate ids)
#       ┆ may die          │  for each attempt: overlay mounts ─► bwrap ─► the gate ─► the step
#       ┆                  │  after it: kill everything, unmount, write `exit`, seal the layer
#   guardian (host namespaces): writes the id map, holds the lock; its death kills the keeper
#
# Why Perl: perl-base is essential on Debian and Ubuntu, it starts in two
# milliseconds, and with syscall() one process mounts, waits, reads the clock and
# talks to a socket. A shell spends 1-5 ms on each program it starts for these.
#
# Modes:
#   keeper.pl serve DIRECTORY TREES MAP GROUPS [HOST-BIND ...]
#       keeps; talks over DIRECTORY/socket; prints `ready` on its output when that is open
#   keeper.pl shell HOW ATTEMPT DIRECTORY TREES MAP GROUPS
#       keeps for one attempt that somebody talks to, of which nothing stays; see keeper/Shell.pm.
#       HOW is `terminal/ROWS/COLUMNS` or `pipes`
#   keeper.pl exec TREES MAP AS [OVERLAY ...] -- COMMAND [ARG ...]
#       runs one command inside the same kind of map, with this program's own
#       descriptors 0-2, and ends with its exit status. AS is `root` (id 0 of the
#       map) or `unmapped` (the command itself takes id 0, once it has read the files
#       that only the host's user may read). OVERLAY is TARGET=LOWER[:LOWER ...],
#       topmost first, mounted read-only. It ends with the program that started it.
#   keeper.pl probe-groups MAP KIND
#       makes control groups as `serve` does, and prints GROUPS with what of it works here, and the directories
#   keeper.pl await-end DIRECTORY
#       waits until the keeper of DIRECTORY and all that ran in it are gone
#
# GROUPS is a kind of control groups: see ControlGroups.pm.
# MAP is `direct` or `newuidmap`, then a `/`, then uid triples, a `/`, then gid
# triples, each `INSIDE,OUTSIDE,COUNT` joined by `+`.
#
# Messages are lines: a verb, then ` key=value` fields; a value is percent-encoded. A key that
# occurs again makes a list, and so do values with commas between. From the supervisor:
#   run attempt= layer= [rootlayer=] [lower= ...] [root= [rootlower= ...] [writable=1]]
#       uid= gid= program= [option= ...] [data= ...] [word= ...] [deadline=MS since 1970] [nesting=0|1] [network=open|confined [port= ...] [apart=1]] [capability=NUMBER ...]
#       [limit=NAME:VALUE ...] [grouped=NAME ...] [rlimit=RESOURCE:VALUE ...] [memory=MOUNT-OPTIONS place=NAME:MODE ...] [view=WHAT:WHERE ...]
#       gate= [expect=CONTROL VALUE ...] [mount=RULE ...]      see keeper/Witness.pm
#   cancel attempt= why=      status      quit
# To the supervisor:
#   idle | running attempt=      the state, at each connection and to `status`
#   begun attempt=               the command has been let begin: its witness can be read
#   exited attempt= why=ended|limit|deadline|cancelled code= signal= inside=0|1 sealed=0|1 [error=] [limit= value= peak=] [peak-NAME= ...]
use strict;
use warnings;
BEGIN { unshift @INC, $0 =~ s{[^/]*$}{}r . 'keeper' }
use Fcntl qw(:DEFAULT :flock);
use Attempt;
use ControlGroups;
use KeeperGroups;
use Kernel;
use Limits;
use Message;
use Namespaces;
use Witness;

use constant LINGER_SECONDS => 600;    # a keeper that nobody comes back to ends after this
use constant HELD => 75;               # the status when another keeper holds the directory; EX_TEMPFAIL of sysexits.h

sub serve {
    my ($guardian, $listener, $groups) = @_;
    call('prctl', PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    pipe my $wake_r, my $wake_w or die "pipe: $!\n";
    unblock($_) for $wake_r, $wake_w, $listener;
    $SIG{CHLD} = sub { syswrite $wake_w, 'x' };
    $SIG{PIPE} = 'IGNORE';

    my ($connection, $input, $attempt, $alone_since) = (undef, '', undef, time);
    my $mute = 0;
    my $tell = sub {
        my ($line) = @_;
        return if !$connection || ((send $connection, $line, 0) // -1) == length $line;
        $mute = $! != EPIPE && $! != ECONNRESET;    # a supervisor that is gone comes back and asks
    };
    my $state = sub { $attempt ? message('running', attempt => $attempt->{id}) : "idle\n" };
    while (1) {
        my $readable = '';
        vec($readable, fileno $_, 1) = 1 for grep { defined } ($guardian, $listener, $wake_r, $connection, $attempt && $attempt->{gate});
        my $timeout = !$attempt && !$connection ? 1 : undef;
        if ($attempt && $attempt->{deadline} && $attempt->{why} eq 'ended') {
            $timeout = ($attempt->{deadline} - now_ms()) / 1000;
            $timeout = 0 if $timeout < 0;
        }
        if ($attempt && $attempt->{why} eq 'ended') {
            my $in = watch_in($attempt);
            $timeout = $in if !defined $timeout || $in < $timeout;
        }
        my $count = select $readable, undef, undef, $timeout;
        if ($count == -1 && $! != EINTR) { die "select: $!\n" }
        if ($count == -1) { $readable = '' }
        my $ready = sub { defined $_[0] && $count > 0 && vec($readable, fileno $_[0], 1) };

        return 0 if $ready->($guardian);    # only its end can be read
        # Never after the command has been told to end: it has not begun then.
        if ($attempt && $attempt->{why} eq 'ended' && $ready->($attempt->{gate})) {
            open_gate($attempt);
            $tell->(message('begun', attempt => $attempt->{id})) if $attempt->{begun};
        }
        if ($ready->($wake_r)) { sysread $wake_r, my $drained, 4096 }
        if ($attempt) {
            # Orphans of the container are ours as pid 1: reap them all, keep the one that counts.
            while ((my $pid = waitpid -1, WNOHANG) > 0) {
                next if $pid != $attempt->{pid};
                my $line = eval { finish_attempt($attempt, $?) } // message('exited', attempt => $attempt->{id}, why => 'ended', code => 125, signal => 0, inside => 0, sealed => 0, error => $@);
                $tell->($line);
                remove_work($attempt);
                $attempt = undef;
                prepare_attempt();
                last;
            }
        }
        if ($attempt && $attempt->{why} eq 'ended' && watch_in($attempt) == 0) {
            look_at_attempt($attempt);
            if ($attempt->{hit}) {
                $attempt->{why} = 'limit';
                kill 'KILL', -1;
            }
        }
        if ($attempt && $attempt->{deadline} && $attempt->{why} eq 'ended' && now_ms() >= $attempt->{deadline}) {
            $attempt->{why} = 'deadline';
            kill 'KILL', -1;
        }
        if ($ready->($listener)) {
            if (accept my $next, $listener) {
                close $connection if $connection;
                ($connection, $input) = ($next, '');
                $tell->($state->());
            }
        }
        elsif ($ready->($connection)) {
            my $got = sysread $connection, $input, 1 << 20, length $input;
            if (!$got && !(!defined $got && ($! == EAGAIN || $! == EINTR))) {
                close $connection;
                ($connection, $input, $alone_since) = (undef, '', time);
            }
            while ($input =~ s/^([^\n]*)\n//) {
                my $message = parse_message($1);
                if ($message->{verb} eq 'run') {
                    $attempt = eval { start_attempt($message, $groups) };
                    $tell->(failed_start($message, $@)) if !$attempt;
                }
                elsif ($message->{verb} eq 'cancel') {
                    if ($attempt && $attempt->{id} eq one($message, 'attempt') && $attempt->{why} eq 'ended') {
                        $attempt->{why} = 'cancelled';
                        kill 'KILL', -1;
                    }
                }
                elsif ($message->{verb} eq 'status') { $tell->($state->()) }
                elsif ($message->{verb} eq 'quit') { return 0 }
            }
        }
        return 0 if $mute;    # A supervisor would wait for ever for what it was not told. It finds the record, or runs the attempt again.
        return 0 if !$attempt && !$connection && time - $alone_since > LINGER_SECONDS;
    }
}

sub main_serve { close_inherited(3); return keep(undef, @_) }

sub main_shell {
    my ($how, $attempt, @rest) = @_;
    close_inherited(6);
    require Shell;
    return keep(Shell::open_shell($how, $attempt), @rest);
}

sub keep {
    my ($shell, $directory, $trees, $map, $kind, @binds) = @_;
    new_session();
    my $mask = umask 0077;
    chdir $directory or die "chdir $directory: $!\n";
    sysopen my $lock, 'lock', O_RDWR | O_CREAT, 0600 or die "open lock: $!\n";
    flock $lock, LOCK_EX | LOCK_NB or exit HELD;
    await_descendants('pid');
    unlink 'socket', 'pid';
    socket my $listener, AF_UNIX, SOCK_STREAM, 0 or die "socket: $!\n";
    bind $listener, pack('S a*', AF_UNIX, "socket\0") or die "bind: $!\n";
    listen $listener, 8 or die "listen: $!\n";
    umask 0022;
    sysopen my $home, '.', O_RDONLY or die "open $directory: $!\n";
    chdir "$trees/layers" or die "chdir $trees/layers: $!\n";
    my $groups = groups_of($kind, $directory, parse_map($map));
    note_host();
    my ($pid, $line) = enter_groups(parse_map($map), $groups, sub {
        my ($guardian) = @_;
        close $home;
        leave_host(\@binds);
        return serve($guardian, $listener, $groups) if !$shell;
        $shell->go_inside;
        $Attempt::shell = $shell;
        my $status = serve($guardian, $listener, $groups);
        $shell->remove_scratch;
        return $status;
    });
    # Both hold the lock, and the second one is known by pid too: see await_descendants.
    write_file('/proc/self/fd/' . fileno($home) . '/pid', join '', map { "$_ " . (start_time($_) // 0) . "\n" } $$, $pid);
    print "ready\n";
    open STDOUT, '>', '/dev/null';
    my $joined = eval { join_groups($groups, $pid); 1 };
    print STDERR "keeper: $@" if !$joined;
    syswrite $groups->{joined}, $joined ? 'x' : 'n';
    # Hang-ups and interrupts of the terminal are the supervisor's to understand, not ours.
    $SIG{$_} = 'IGNORE' for qw(HUP INT);
    if ($shell) {
        my $status = shell_status($shell->relay($pid, $line));
        unlink map { "$directory/$_" } qw(errors lock pid socket);
        rmdir $directory;
        remove_groups($groups);
        return $status;
    }
    waitpid $pid, 0;
    my $status = shell_status($?);
    remove_groups($groups);
    return $status;
}

sub main_await_end {
    my ($directory) = @_;
    sysopen my $lock, "$directory/lock", O_RDWR or return 0;    # there never was one
    flock $lock, LOCK_EX or die "flock: $!\n";
    await_descendants("$directory/pid");
    return 0;
}

# The kernel drops the locks of the one inside before it ends its descendants, and then the process itself.
sub await_descendants {
    my ($pid_file) = @_;
    my ($guardian, $keeper) = map { [split / /, $_] } split /\n/, read_file($pid_file) // '';
    select undef, undef, undef, 0.002 while $keeper && (start_time($keeper->[0]) // '') eq $keeper->[1];
}

sub main_exec {
    my ($trees, $map, $as, @rest) = @_;
    close_inherited(3);
    call('prctl', PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    return 125 if delete $ENV{KEEPER_PARENT} != getppid;    # it was gone before that
    my @overlays;
    while (@rest && (my $word = shift @rest) ne '--') { push @overlays, [split /=/, $word, 2] }
    chdir "$trees/layers" or die "chdir $trees/layers: $!\n";
    my ($pid, $line) = enter(parse_map($map), sub {
        my ($guardian) = @_;
        furnish();
        # The command's process is made while it may still be unmapped; what it must wait for comes through this pipe.
        pipe my $mounted_r, my $mounted_w or die "pipe: $!\n";
        my $child = fork // die "fork: $!\n";
        if ($child == 0) {
            close $mounted_w;
            sysread $mounted_r, my $go, 1;
            eval {
                die "the mounts failed\n" if !defined $go || $go eq '';
                if ($as eq 'root') { become(0, 0) } else { carry_capabilities() }
                chdir '..' or die "chdir ..: $!\n";
                exec { $rest[0] } @rest;
                die "exec $rest[0]: $!\n";
            };
            print STDERR "keeper: $@";
            exit_now(125);
        }
        become(0, 0);
        call('prctl', PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        make_places();
        for my $pair (@overlays) { overlay($pair->[0], undef, undef, split /:/, $pair->[1]) }
        syswrite $mounted_w, 'x';
        my $guard = fork // die "fork: $!\n";
        if ($guard == 0) { sysread $guardian, my $end, 1; kill 'KILL', -1; exit_now(0) }
        while ((my $reaped = waitpid -1, 0) > 0) { return shell_status($?) if $reaped == $child }
        return 125;
    });
    $SIG{$_} = sub { kill 'KILL', $pid } for qw(TERM INT HUP);
    1 while waitpid($pid, 0) == -1 && $! == EINTR;
    return shell_status($?);
}

$| = 1;
$^F = 2;    # everything we open beyond the standard three closes at exec
my %modes = (serve => \&main_serve, shell => \&main_shell, exec => \&main_exec, 'await-end' => \&main_await_end, 'probe-groups' => \&probe_groups);
my $mode = $modes{ shift @ARGV // '' };
my $status = eval { $mode ? $mode->(@ARGV) : die "usage: keeper.pl serve|shell|exec|await-end ...\n" };
if ($@) { print STDERR "keeper: $@"; exit 125 }
exit $status;
