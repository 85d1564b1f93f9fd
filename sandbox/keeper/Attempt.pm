# One attempt: its mounts, its container, its end.
package Attempt;
use strict;
use warnings;
use Exporter 'import';
use Fcntl;
use Kernel;
use Message;
use Namespaces;
use POSIX ();

our @EXPORT = qw(start_attempt abandon_attempt finish_attempt remove_work);

use constant FIRST_DATA_FD => 100;    # far above what the keeper itself has open
use constant RECORD_BYTES => 512;

# A new layer's top directory looks as the one below it does.
sub make_upper {
    my ($upper, $below, $uid, $gid) = @_;
    mkdir $upper or die "mkdir $upper: $!\n";
    my ($mode, $owner, $group) = defined $below ? (stat $below)[2, 4, 5] : (0755, $uid, $gid);
    die "stat $below: $!\n" if !defined $mode;
    chown $owner, $group, $upper or die "chown $upper: $!\n";
    chmod $mode & 07777, $upper or die "chmod $upper: $!\n";
}

# /etc/passwd and /etc/group of the tree with a line for the builder, whom no system tree knows: bwrap's
# options for them, then their contents. `$number` is the descriptor of the first.
sub builder_names {
    my ($number) = @_;
    my (@options, @contents);
    my $etc = PLACE . '/root/etc';
    return [] if -l $etc;    # the tree is the step's: its links lead where it likes
    for my $pair (['passwd', 'builder:x:1000:1000::/home/builder:/bin/sh'], ['group', 'builder:x:1000:']) {
        my ($name, $line) = @$pair;
        sysopen my $file, "$etc/$name", O_RDONLY | O_NOFOLLOW | O_NONBLOCK or next;
        next if !-f $file || -s _ > 1 << 20;
        local $/;
        my $text = <$file>;
        next if $text =~ /^[^:\n]*:[^:\n]*:1000:/m || $text =~ /^builder:/m;
        $text .= "\n" if $text ne '' && $text !~ /\n\z/;
        push @contents, "$text$line\n";
        push @options, '--perms', '0644', '--ro-bind-data', $number++, "/etc/$name";
    }
    return (\@options, @contents);
}

my %mounted;    # read-only system trees that stay mounted for the project: path → mount point

sub start_attempt {
    my ($run) = @_;
    my $id = one($run, 'attempt');
    my $directory = "../attempts/$id";
    -d $directory or mkdir $directory or die "mkdir $directory: $!\n";
    my $attempt = { id => $id, directory => $directory, message => $run, why => 'ended', mounts => [] };

    sysopen my $log, "$directory/log", O_WRONLY | O_CREAT | O_APPEND, 0644 or die "open $directory/log: $!\n";
    # Room for the record of how it ends, as the step may fill the disk. Written over in place.
    write_file("$directory/exit.new", "\n" x RECORD_BYTES);
    my @lower = many($run, 'lower');
    make_upper("$directory/upper", $lower[0], 1000, 1000);
    mkdir "$directory/work" or die "mkdir $directory/work: $!\n";
    overlay(PLACE . '/workspace', "$directory/upper", "$directory/work", @lower);
    push @{ $attempt->{mounts} }, PLACE . '/workspace';

    if (defined(my $root = one($run, 'root'))) {
        my @rootlower = (many($run, 'rootlower'), $root);
        my $points = PLACE . '/points';
        if (one($run, 'writable')) {
            make_upper("$directory/root-upper", $rootlower[0], 0, 0);
            mkdir "$directory/root-work" or die "mkdir $directory/root-work: $!\n";
            overlay(PLACE . '/root', "$directory/root-upper", "$directory/root-work", $points, @rootlower);
            push @{ $attempt->{mounts} }, PLACE . '/root';
        } else {
            # One mount for all the steps that use the same tree.
            if (($mounted{root} // '') ne $root) {
                unmount(PLACE . '/root') if defined $mounted{root};
                overlay(PLACE . '/root', undef, undef, $points, @rootlower);
                $mounted{root} = $root;
            }
        }
    }
    # Nothing in a container of the map's root may make user namespaces of its own; bwrap itself
    # needs one for any other identity. The file counts for the namespace that writes it.
    write_file('/proc/sys/user/max_user_namespaces', one($run, 'nesting', 0) ? "1000\n" : "0\n");

    pipe my $status_r, my $status_w or die "pipe: $!\n";
    my $number = FIRST_DATA_FD;
    my @descriptors = ([$status_w, $number++]);
    my ($names, @contents) = defined one($run, 'root') && one($run, 'uid') ? builder_names(FIRST_DATA_FD + 2 + many($run, 'data')) : ([]);
    for my $content (join("\0", many($run, 'option'), @$names), many($run, 'data'), @contents) {
        my $path = PLACE . '/data';
        open my $file, '+>', $path or die "open $path: $!\n";
        unlink $path;
        print {$file} $content or die "write $path: $!\n";
        $file->flush;
        sysseek $file, 0, 0;
        push @descriptors, [$file, $number++];
    }
    my $pid = fork // die "fork: $!\n";
    if ($pid == 0) {
        eval {
            $SIG{$_} = 'DEFAULT' for qw(PIPE CHLD);
            open STDIN, '<', '/dev/null' or die "open /dev/null: $!\n";
            POSIX::dup2(fileno $log, 1) // die "dup2: $!\n";
            POSIX::dup2(fileno $log, 2) // die "dup2: $!\n";
            for my $pair (@descriptors) { POSIX::dup2(fileno $pair->[0], $pair->[1]) // die "dup2: $!\n" }
            become(one($run, 'uid'), one($run, 'gid'));
            %ENV = ();
            POSIX::chdir('/');
            exec { one($run, 'program') } one($run, 'program'), '--args', FIRST_DATA_FD + 1, '--json-status-fd', FIRST_DATA_FD, '--', many($run, 'word');
            die "exec ${\ one($run, 'program')}: $!\n";
        };
        print STDERR "keeper: $@";
        POSIX::_exit(125);
    }
    close $status_w;
    @$attempt{qw(pid status_r deadline)} = ($pid, $status_r, one($run, 'deadline'));
    return $attempt;
}

# Kills all there is in the pid namespace but ourselves. Nothing that got away from one attempt sees the next.
sub kill_everything {
    kill 'KILL', -1;
    while (waitpid(-1, 0) > 0) { }
}

sub unmount_all {
    my ($attempt) = @_;
    unmount($_) for reverse @{ $attempt->{mounts} };
    delete $mounted{root} if grep { $_ eq PLACE . '/root' } @{ $attempt->{mounts} };
}

# After a start that failed half way.
sub abandon_attempt {
    my ($run) = @_;
    unmount_all({ mounts => [PLACE . '/workspace', one($run, 'writable') ? PLACE . '/root' : ()] });
}

# What is known of how an attempt ended, written where any later supervisor finds it, then the layer sealed.
sub finish_attempt {
    my ($attempt, $wait_status) = @_;
    my $run = $attempt->{message};
    my $records = '';
    $attempt->{status_r}->blocking(0);
    1 while sysread $attempt->{status_r}, $records, 65536, length $records;
    kill_everything();
    unmount_all($attempt);
    my $inside = $records =~ /"exit-code": (\d+)/ ? 1 : 0;
    my $code = $inside ? $1 : $wait_status >> 8;
    # bwrap reports a command that a signal ended as 128 + its number, as a shell does.
    my $signal = $attempt->{why} ne 'ended' ? SIGKILL : $inside ? 0 : $wait_status & 127;
    # A SIGKILL seldom comes alone: whoever kills all of us must not leave a record that the step failed by itself.
    select undef, undef, undef, 0.3 if $attempt->{why} eq 'ended' && ($signal == SIGKILL || $code == 128 + SIGKILL);
    my $succeeded = $attempt->{why} eq 'ended' && $inside && $code == 0;
    my @pairs = (attempt => $attempt->{id}, why => $attempt->{why}, code => $code, signal => $signal, inside => $inside);
    write_over("$attempt->{directory}/exit.new", message('exited', @pairs));
    rename "$attempt->{directory}/exit.new", "$attempt->{directory}/exit" or die "rename exit: $!\n";
    if ($succeeded) {
        rename "$attempt->{directory}/upper", one($run, 'layer') or die "seal: $!\n";
        if (one($run, 'writable')) { rename "$attempt->{directory}/root-upper", one($run, 'rootlayer') or die "seal: $!\n" }
    }
    return message('exited', @pairs, sealed => $succeeded ? 1 : 0);
}

# What an overlay leaves in its work directory: nothing of worth, and in nobody's way but a sweep's.
sub remove_work {
    my ($attempt) = @_;
    for my $work (map { "$attempt->{directory}/$_" } 'work', one($attempt->{message}, 'writable') ? 'root-work' : ()) {
        chmod 0700, "$work/work";
        rmdir "$work/$_" for 'work/incompat/volatile', 'work/incompat', 'work', '';
    }
}

1;
