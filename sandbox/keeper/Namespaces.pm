# The namespaces that a keeper lives in, and what is mounted there.
package Namespaces;
use strict;
use warnings;
use Exporter 'import';
use Fcntl;
use Kernel;

our @EXPORT = qw(parse_map enter furnish leave_host leave_network network_apart make_places make_devices overlay);

use constant DEVICES => qw(null zero full random urandom tty);
use constant { TMPFS => 'uid=0,gid=0,mode=755,size=64m', IFF_UP => 1, SIOCSIFFLAGS => 0x8914 };

sub parse_map {
    my ($how, $uids, $gids) = split m{/}, $_[0];
    my @lists = map { [map { [split /,/] } split /\+/, $_] } ($uids, $gids);
    return { how => $how, uid => $lists[0], gid => $lists[1] };
}

sub write_map {
    my ($map, $pid) = @_;
    for my $kind ('uid', 'gid') {
        if ($map->{how} eq 'direct') {
            write_file("/proc/$pid/${kind}_map", join '', map { "@$_\n" } @{ $map->{$kind} });
        } else {
            my @command = ("new${kind}map", $pid, map { @$_ } @{ $map->{$kind} });
            system(@command) == 0 or die "@command failed\n";
        }
    }
}

# Starts `inner` as pid 1 of new user, mount and pid namespaces; returns its pid.
# It has every capability there, and no id of the map yet.
sub enter {
    my ($map, $inner) = @_;
    pipe my $mapped_r, my $mapped_w or die "pipe: $!\n";
    my $pid = call('clone', CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | SIGCHLD, 0, 0, 0, 0);
    if ($pid == 0) {
        close $mapped_w;
        sysread $mapped_r, my $go, 1;
        exit_now(125) if !defined $go || $go eq '';
        # From here on `$mapped_r` is the line to the guardian: it is readable when the guardian is gone.
        my $status = eval { $inner->($mapped_r) };
        if ($@) { print STDERR "keeper: $@"; exit_now(125) }
        exit_now($status);
    }
    close $mapped_r;
    if (!eval { write_map($map, $pid); 1 }) {
        my $error = $@;
        # One that was killed meanwhile cannot be given a map: no fault of the map.
        exit_now(128 + SIGKILL) if waitpid($pid, WNOHANG) == $pid && ($? & 127);
        kill 'KILL', $pid;
        waitpid $pid, 0;
        die $error;
    }
    syswrite $mapped_w, 'x';
    return ($pid, $mapped_w);
}

# Makes the mount namespace ours, with all of the host in it: a command that works on trees may be any program.
sub furnish {
    mount('none', '/', 'none', MS_REC | MS_PRIVATE, '');
    mount('proc', '/proc', 'proc', MS_NOSUID | MS_NODEV | MS_NOEXEC, '');
    mount('tmpfs', PLACE, 'tmpfs', MS_NOSUID | MS_NODEV, TMPFS);
}

# The same, with no more of the host in it than bwrap needs and vetted tools are shown (see host-layout.ts and
# bwrap-argv.ts), and takes the identity of the map's root. bwrap reads the whole table of mounts for each one that
# it makes, and a step makes twenty: so the table is short, whatever the host has mounted.
#
# A host root that enters the map is nobody in it until then, and still owner of the host root's
# files: so it opens BINDS first (they may lie below /root), then changes, then mounts.
sub leave_host {
    my ($binds) = @_;
    mount('none', '/', 'none', MS_REC | MS_PRIVATE, '');
    my @sources = map { sysopen my $source, $_, O_PATH or die "open $_: $!\n"; $source } @$binds;
    my $new = PLACE;
    mount('tmpfs', $new, 'tmpfs', MS_NOSUID | MS_NODEV, TMPFS);
    become(0, 0);
    make_directories(map { "$new/$_" } qw(dev proc sys sys/trees tmp));
    mount('proc', "$new/proc", 'proc', MS_NOSUID | MS_NODEV | MS_NOEXEC, '');
    for my $device (map { "dev/$_" } DEVICES) {
        write_file("$new/$device", '');
        mount_tree("/$device", "$new/$device");
    }
    for my $name (qw(usr etc bin sbin lib lib32 lib64 libx32)) {
        if (-l "/$name") { symlink readlink "/$name", "$new/$name" or die "symlink $name: $!\n" }
        elsif (-d _) { make_directories("$new/$name"); mount_tree("/$name", "$new/$name") }
    }
    # The directory, not the file: who keeps it writes it anew and renames it.
    if (real_path('/etc/resolv.conf') =~ m{^(/(?!etc/|usr/).+)/} && -d $1) {
        my ($directory, $made) = ($1, '');
        for my $part ($directory =~ m{[^/]+}g) { $made .= "/$part"; -d "$new$made" or make_directories("$new$made") }
        mount_tree($directory, "$new$directory");
    }
    mount_tree('..', "$new/sys/trees");    # we are in trees/layers
    my $number = 0;
    for my $source (@sources) {
        my $target = "$new/sys/host" . $number++;
        make_directories($target);
        mount('/proc/self/fd/' . fileno $source, $target, 'none', MS_BIND, '');
        mount('none', $target, 'none', MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, '');
    }
    move_root($new);
    make_places();
    chdir PLACE . '/trees/layers' or die "chdir to the layers: $!\n";
}

# Where a path leads, past all links; empty when it leads nowhere.
sub real_path {
    my ($path) = @_;
    sysopen my $file, $path, O_PATH or return '';
    return readlink('/proc/self/fd/' . fileno $file) // '';
}

# Moves to a network of its own, which has a loopback and nothing else.
sub leave_network {
    call('unshare', CLONE_NEWNET);
    socket my $socket, AF_INET, SOCK_DGRAM, 0 or die "socket: $!\n";
    my $up = pack 'a16 s x22', 'lo', IFF_UP;    # struct ifreq; the kernel adds the addresses
    ioctl $socket, SIOCSIFFLAGS, $up or die "loopback: $!\n";
}

# Another such network, which nobody is in yet: a descriptor of it, for setns(2). Its loopback has to be up before:
# whoever enters it has no capability over interfaces.
#
# Nothing here waits for the end of a pipe: Perl counts who uses a descriptor, and still counts those that
# close_inherited has closed, so `close` may leave ours open.
sub network_apart {
    pipe my $made_r, my $made_w or die "pipe: $!\n";
    my $pid = fork // die "fork: $!\n";
    if ($pid == 0) {
        # Of a process that has changed its ids nobody else may open what /proc has, unless it says so.
        my $is_made = eval { leave_network(); call('prctl', PR_SET_DUMPABLE, 1, 0, 0, 0); 1 };
        print STDERR "keeper: $@" if !$is_made;
        syswrite $made_w, $is_made ? 'x' : 'n';
        sleep 60 while 1;
    }
    sysread $made_r, my $made, 1;
    my $network;
    my $is_open = ($made // '') eq 'x' && sysopen $network, "/proc/$pid/ns/net", O_RDONLY;
    my $why = $!;
    kill 'KILL', $pid;
    waitpid $pid, 0;
    die "no network apart could be made: $why\n" if !$is_open;
    return $network;
}

sub make_directories {
    for my $path (@_) { mkdir $path or die "mkdir $path: $!\n" }
}

# `points` lies over every system tree, so that bwrap finds its mount points there and leaves none behind.
sub make_places {
    make_directories(map { PLACE . "/$_" } 'empty', 'void', 'memory', 'view', 'points', map { "points/$_" } qw(dev home proc run tmp workspace));
}

# What `bwrap --dev` makes, in `$where`, for containers to take over: only the file system of terminals each has of its own.
sub make_devices {
    my ($where) = @_;
    -d $where or make_directories($where);
    mount('tmpfs', $where, 'tmpfs', MS_NOSUID | MS_NODEV, 'mode=755,size=64k');
    for my $device (DEVICES) {
        write_file("$where/$device", '');
        mount_tree("/dev/$device", "$where/$device");
        # What else the host has set cannot be taken away.
        mount('none', "$where/$device", 'none', MS_BIND | MS_REMOUNT | MS_NOSUID | mount_flags("$where/$device"), '');
    }
    for (['stdin', 'self/fd/0'], ['stdout', 'self/fd/1'], ['stderr', 'self/fd/2'], ['fd', 'self/fd'], ['core', 'kcore']) {
        symlink "/proc/$_->[1]", "$where/$_->[0]" or die "symlink $where/$_->[0]: $!\n";
    }
    symlink 'pts/ptmx', "$where/ptmx" or die "symlink $where/ptmx: $!\n";
    make_directories("$where/shm", "$where/pts");
}

# The layers of a stack, and where they are mounted. Names are relative to trees/layers, so that
# many fit into the 4095 bytes that mount(2) takes, and no path of the host shows in mountinfo.
sub overlay {
    my ($where, $upper, $work, @lower) = @_;
    # Without an upper one, a mount wants two; the topmost gives / its owner.
    for my $empty (qw(empty void)) { push @lower, PLACE . "/$empty" if @lower < (defined $upper ? 1 : 2) }
    my $lower = join ':', @lower;
    my $data = (defined $upper ? "upperdir=$upper,workdir=$work," : '') . "lowerdir=$lower,userxattr" . (defined $upper ? ',volatile' : '');
    die "the stack of ${\ scalar @lower} layers is too long for one mount\n" if length $data > 4000;
    -d $where or mkdir $where or die "mkdir $where: $!\n";
    mount('overlay', $where, 'overlay', MS_NODEV | MS_NOSUID | (defined $upper ? 0 : MS_RDONLY), $data);
}

1;
