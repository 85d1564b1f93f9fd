# One attempt: its mounts, its container, its end.
package Attempt;
use strict;
use warnings;
use Exporter 'import';
use Fcntl;
use Kernel;
use Landlock;
use Limits;
use Message;
use Mounts;
use Namespaces;
use Witness;

our @EXPORT = qw(prepare_attempt start_attempt open_gate failed_start finish_attempt remove_work);

use constant APART_FD => 97;            # far above what the keeper itself has open; see cut-off.pl
use constant GATE_PROGRAM_FD => 98;    # and gate/gate.ts
use constant GATE_SOCKET_FD => 99;
use constant FIRST_DATA_FD => 100;
use constant OPTIONS_FD => 101;
use constant GATE_PLACE => PLACE . '/gate';
use constant RECORD_BYTES => 1536;
use constant KILLED => "killed\n";       # of a start that failed because somebody killed a process of it
use constant MOST_OF_ERROR => 300;    # encoded, it is up to three times as long

our $shell;    # connects the command to whoever talks to it, where somebody does

# The process that is to become the bwrap of an attempt, in the network of the attempt. It waits for the message
# `run`; and as bwrap, while the mounts are made, for its options, which come through a pipe.
sub make_process {
    my ($network) = @_;
    pipe my $orders_r, my $orders_w or die "pipe: $!\n";
    pipe my $options_r, my $options_w or die "pipe: $!\n";
    pipe my $status_r, my $status_w or die "pipe: $!\n";
    unblock($status_r);
    socketpair my $gate, my $gate_inside, AF_UNIX, SOCK_STREAM, 0 or die "socketpair: $!\n";
    my $pid = fork // die "fork: $!\n";
    return { pid => $pid, orders => $orders_w, options => $options_w, status_r => $status_r, gate => $gate } if $pid;
    eval {
        $SIG{$_} = 'DEFAULT' for qw(PIPE CHLD);
        duplicate($orders_r, 0);
        duplicate($status_w, FIRST_DATA_FD);
        duplicate($options_r, OPTIONS_FD);
        duplicate($gate_inside, GATE_SOCKET_FD);
        close_inherited(3, GATE_PROGRAM_FD);
        leave_network() unless $network;
        defined(my $line = <STDIN>) or exit_now(0);
        become_bwrap(parse_message($line =~ s/\n\z//r));
    };
    print STDERR "keeper: $@";
    exit_now(125);
}

sub become_bwrap {
    my ($run) = @_;
    if (!$shell) {
        my $path = "../attempts/${\ one($run, 'attempt')}/log";
        sysopen my $log, $path, O_WRONLY | O_CREAT | O_APPEND, 0644 or die "open $path: $!\n";
        duplicate($log, $_) for 1, 2;
    }
    my $number = OPTIONS_FD + 1;
    for my $content (many($run, 'data')) {
        my $file = data_file($content);
        duplicate($file, $number++);
    }
    my $gate = gate_file($run);
    duplicate($gate, GATE_PROGRAM_FD);
    if ($shell) { $shell->connect_command }
    else { open STDIN, '<', '/dev/null' or die "open /dev/null: $!\n" }
    duplicate(network_apart(), APART_FD) if one($run, 'apart');
    if (one($run, 'network', '') eq 'confined') {
        write_file("../attempts/${\ one($run, 'attempt')}/landlock", confine_network(many($run, 'port')));
    }
    limit_process($run);
    become(one($run, 'uid'), one($run, 'gid'));
    bound_capabilities(many($run, 'capability')) if many($run, 'capability');
    %ENV = ();
    chdir '/';
    exec { one($run, 'program') } one($run, 'program'), '--args', OPTIONS_FD, '--json-status-fd', FIRST_DATA_FD, '--',
        '/proc/self/fd/' . GATE_PROGRAM_FD, many($run, 'word');
    die "exec ${\ one($run, 'program')}: $!\n";
}

sub data_file {
    my ($content) = @_;
    my $path = PLACE . '/data';
    open my $file, '+>', $path or die "open $path: $!\n";
    unlink $path;
    my $written = syswrite $file, $content;
    die "write $path: $!\n" if ($written // -1) != length $content;
    sysseek $file, 0, 0;
    return $file;
}

# The program of the gate, opened to be executed: not for writing, which the kernel would not allow then.
sub gate_file {
    my ($run) = @_;
    if (!-e GATE_PLACE) {
        write_file(GATE_PLACE . '.new', one($run, 'gate'));
        chmod 0555, GATE_PLACE . '.new' or die "chmod: $!\n";
        rename GATE_PLACE . '.new', GATE_PLACE or die "rename: $!\n";
    }
    sysopen my $file, GATE_PLACE, O_RDONLY or die "open ${\ GATE_PLACE}: $!\n";
    return $file;
}

my $prepared;    # the process of the next attempt
my $taken = 0;

# A process and a network of its own take 2 ms to make: they are made while the supervisor has something to do.
# Not for a project's first two attempts, as many a project has no more. What hinders it shows again, and is told,
# when they are needed.
sub prepare_attempt {
    return if $taken <= 1;
    eval { $prepared //= make_process(0) };
    mount_ahead();
}

sub take_process {
    my ($network) = @_;
    $taken++;
    my $process = $prepared;
    $prepared = undef;
    # Somebody may have killed it meanwhile.
    $process = undef if $process && waitpid($process->{pid}, WNOHANG) == $process->{pid};
    if ($process && $network) {
        kill 'KILL', $process->{pid};
        waitpid $process->{pid}, 0;
        $process = undef;
    }
    return $process // make_process($network);
}

sub start_attempt {
    my ($run, $groups) = @_;
    my $id = one($run, 'attempt');
    my $directory = "../attempts/$id";
    -d $directory or mkdir $directory or die "mkdir $directory: $!\n";
    # Room for the record of how it ends, as the step may fill the disk. Written over in place.
    write_file("$directory/exit.new", "\n" x RECORD_BYTES);
    await_groups($groups);
    my $process = take_process(one($run, 'network'));
    my $attempt = { id => $id, directory => $directory, message => $run, why => 'ended', records => '', mounts => [], deadline => one($run, 'deadline'), %$process };

    return $attempt if eval { arrange_sandbox($attempt, $groups); 1 };
    my $error = $@;
    kill_everything();    # before the end of its options shows to bwrap
    die $error;
}

# Lets bwrap make the sandbox, as soon as there is what it is made of. The command begins later: see open_gate.
sub arrange_sandbox {
    my ($attempt, $groups) = @_;
    my $run = $attempt->{message};
    tell_process($attempt, 'orders', "$run->{line}\n");
    mount_attempt($attempt);
    # Nothing in a container of the map's root may make user namespaces of its own; bwrap itself
    # needs one for any other identity. The file counts for the namespace that writes it.
    write_file('/proc/sys/user/max_user_namespaces', one($run, 'nesting', 0) ? "1000\n" : "0\n");
    my @options = many($run, 'option');
    tell_process($attempt, 'options', join "\0", @options);
    # While bwrap works.
    limit_attempt($attempt, $groups);
    expect_witness($attempt, \@options);
}

# Lets the command begin that waits in the gate, when the kernel shows everything around it that its policy says.
sub open_gate {
    my ($attempt) = @_;
    my $gate = delete $attempt->{gate};
    my $got = sysread $gate, my $here, 1;
    return if !$got;    # bwrap has ended before: it says why in the log
    if (!eval { take_witness($attempt, $here, records_of($attempt)); 1 }) {
        # Of a process that is gone nothing can be read: then the command never begins, and its end says why.
        $attempt->{error} = $@ if !has_ended($gate);
        kill 'KILL', -1;
        return;
    }
    $attempt->{begun} = defined syswrite $gate, 'g';
}

# Whether nobody is at the other end of a socket any more.
sub has_ended {
    my ($socket) = @_;
    my $readable = '';
    vec($readable, fileno $socket, 1) = 1;
    return select($readable, undef, undef, 0) == 1 && !sysread $socket, my $said, 1;
}

# What bwrap has told so far.
sub records_of {
    my ($attempt) = @_;
    1 while sysread $attempt->{status_r}, $attempt->{records}, 65536, length $attempt->{records};
    return $attempt->{records};
}

# All that it is to be told through one of its pipes.
sub tell_process {
    my ($attempt, $pipe, $text) = @_;
    while ($text ne '') {
        my $written = syswrite $attempt->{$pipe}, $text;
        if (!defined $written) {
            my $why = $!;
            waitpid $attempt->{pid}, 0;
            die(($? & 127) == SIGKILL ? KILLED : "the process of the attempt is gone: $why\n");
        }
        substr $text, 0, $written, '';
    }
    close delete $attempt->{$pipe};
}

# A SIGKILL seldom comes alone: whoever kills all of us must not leave a record that the step failed by itself.
sub wait_for_more { select undef, undef, undef, 0.3 }

# How an attempt has ended whose start failed with `$error`.
sub failed_start {
    my ($run, $error) = @_;
    unmount_everything($run);    # it may have failed half way
    wait_for_more();
    my @how = $error eq KILLED ? (code => 0, signal => SIGKILL) : (code => 125, signal => 0, error => $error);
    return message('exited', attempt => one($run, 'attempt'), why => 'ended', inside => 0, sealed => 0, @how);
}

# Kills all there is in the pid namespace but ourselves. Nothing that got away from one attempt sees the next.
sub kill_everything {
    kill 'KILL', -1;
    while (waitpid(-1, 0) > 0) { }
}

# What is known of how an attempt ended, written where any later supervisor finds it, then the layer sealed.
sub finish_attempt {
    my ($attempt, $wait_status) = @_;
    my $run = $attempt->{message};
    my $records = records_of($attempt);
    kill_everything();
    my $inside = $records =~ /"exit-code": (\d+)/ ? 1 : 0;
    my $code = $inside ? $1 : $wait_status >> 8;
    # What somebody kills while it waits in its gate has not begun: so it is the sandbox that was killed.
    my $unbegun = $inside && !$attempt->{begun} && !defined $attempt->{error} && $attempt->{why} eq 'ended';
    ($inside, $code, $wait_status, $unbegun) = (0, 0, SIGKILL, 0) if $unbegun && $code == 128 + SIGKILL;
    last_look($attempt, $code);
    $attempt->{why} = 'limit' if $attempt->{hit} && $attempt->{why} eq 'ended';
    unmount_attempt($attempt);
    # bwrap reports a command that a signal ended as 128 + its number, as a shell does.
    my $signal = $attempt->{why} ne 'ended' ? SIGKILL : $inside ? 0 : $wait_status & 127;
    my $error = $attempt->{error} // ($unbegun ? 'the command did not begin at its gate' : undef);
    wait_for_more() if $attempt->{why} eq 'ended' && (defined $error || $signal == SIGKILL || $code == 128 + SIGKILL);
    my $succeeded = !defined $error && $attempt->{why} eq 'ended' && $inside && $code == 0;
    my @pairs = (attempt => $attempt->{id}, why => $attempt->{why}, code => $code, signal => $signal, inside => $inside, usage_pairs($attempt));
    push @pairs, error => substr $error, 0, MOST_OF_ERROR if defined $error && $attempt->{why} eq 'ended';
    write_over("$attempt->{directory}/exit.new", message('exited', @pairs));
    rename "$attempt->{directory}/exit.new", "$attempt->{directory}/exit" or die "rename exit: $!\n";
    if ($succeeded) {
        rename "$attempt->{directory}/upper", one($run, 'layer') or die "seal: $!\n";
        if (one($run, 'writable')) { rename "$attempt->{directory}/root-upper", one($run, 'rootlayer') or die "seal: $!\n" }
    }
    return message('exited', @pairs, sealed => $succeeded ? 1 : 0);
}

# What nobody waits for. What an overlay leaves in its work directory is nothing of worth, and in nobody's way but a sweep's.
sub remove_work {
    my ($attempt) = @_;
    unmount_memory($attempt);
    for my $work (map { "$attempt->{directory}/$_" } 'work', one($attempt->{message}, 'writable') ? 'root-work' : ()) {
        chmod 0700, "$work/work";
        rmdir "$work/$_" for 'work/incompat/volatile', 'work/incompat', 'work', '';
    }
}

1;
