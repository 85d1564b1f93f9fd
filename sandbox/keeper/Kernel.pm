# System calls that Perl has no function for, and small things near them. A keeper is started for each project: the modules
# POSIX, Socket, Cwd and IO::Handle would take three times as long to load as all else that it does to begin.
package Kernel;
use strict;
use warnings;
use Exporter 'import';
use Fcntl;

our @EXPORT = qw(
    call mount mount_tree become carry_capabilities bound_capabilities now_ms write_file write_over read_file start_time shell_status
    close_inherited unmount move_root monotonic set_rlimit file_system mount_flags exit_now duplicate new_session unblock
    WNOHANG EINTR EAGAIN EPIPE ECONNRESET AF_UNIX AF_INET SOCK_STREAM SOCK_DGRAM
    PLACE MS_RDONLY MS_NOSUID MS_NODEV MS_NOEXEC MS_REMOUNT MS_BIND MS_REC MS_PRIVATE
    PR_SET_PDEATHSIG PR_SET_DUMPABLE SIGCHLD SIGKILL CLONE_NEWNS CLONE_NEWUSER CLONE_NEWPID CLONE_NEWNET O_PATH
);

# x86_64 from asm/unistd_64.h, aarch64 from asm-generic/unistd.h.
my %NUMBERS = (
    x86_64 => {
        mount => 165, umount2 => 166, clone => 56, prctl => 157, setresuid => 117,
        setresgid => 119, setgroups => 116, clock_gettime => 228, capget => 125, capset => 126, pivot_root => 155,
        unshare => 272, statfs => 137, prlimit64 => 302, exit_group => 231, dup3 => 292, setsid => 112, close => 3, syncfs => 306,
        openat => 257, read => 0, write => 1,
    },
    aarch64 => {
        mount => 40, umount2 => 39, clone => 220, prctl => 167, setresuid => 147,
        setresgid => 149, setgroups => 159, clock_gettime => 113, capget => 90, capset => 91, pivot_root => 41,
        unshare => 97, statfs => 43, prlimit64 => 261, exit_group => 94, dup3 => 24, setsid => 157, close => 57, syncfs => 267,
        openat => 56, read => 63, write => 64,
    },
);
# By the machine that this very program is for, e_machine of its file; see elf(5).
my %MACHINES = (62 => 'x86_64', 183 => 'aarch64');
sysopen my $program, '/proc/self/exe', O_RDONLY or die "keeper: open /proc/self/exe: $!\n";
sysread $program, my $elf, 20;
close $program;
my $machine = unpack 'x18 v', $elf;
my $nr = $NUMBERS{ $MACHINES{$machine} // '' } or die "keeper: no system call numbers for machine $machine of elf(5)\n";

use constant {
    MS_RDONLY => 1, MS_NOSUID => 2, MS_NODEV => 4, MS_NOEXEC => 8, MS_REMOUNT => 32, MS_BIND => 4096, MS_REC => 16384,
    MS_PRIVATE => 1 << 18, MNT_DETACH => 2, O_PATH => 0x200000, SIGCHLD => 17, SIGKILL => 9,
    PR_SET_PDEATHSIG => 1, PR_SET_DUMPABLE => 4, PR_CAPBSET_READ => 23, PR_CAPBSET_DROP => 24, PR_CAP_AMBIENT => 47, PR_CAP_AMBIENT_RAISE => 2,
    CLONE_NEWNS => 0x20000, CLONE_NEWUSER => 0x10000000, CLONE_NEWPID => 0x20000000, CLONE_NEWNET => 0x40000000,
    AT_FDCWD => -100, O_CLOEXEC => 0x80000, PIECE_BYTES => 8192,
    WNOHANG => 1, EINTR => 4, EAGAIN => 11, EPIPE => 32, ECONNRESET => 104, AF_UNIX => 1, AF_INET => 2, SOCK_STREAM => 1, SOCK_DGRAM => 2,
    # Where the keeper's own mount points are: a place nobody in there needs.
    PLACE => '/sys',
};

sub now_ms {
    my $timespec = "\0" x 16;
    syscall($nr->{clock_gettime}, 0, $timespec);
    my ($seconds, $nanoseconds) = unpack 'qq', $timespec;
    return $seconds * 1000 + int($nanoseconds / 1_000_000);
}

# Seconds that no change of the clock makes longer or shorter.
sub monotonic {
    my $timespec = "\0" x 16;
    syscall($nr->{clock_gettime}, 1, $timespec);
    my ($seconds, $nanoseconds) = unpack 'qq', $timespec;
    return $seconds + $nanoseconds / 1e9;
}

# Both limits of a resource of this process; never more than it has: only the host's root may raise the hard one.
sub set_rlimit {
    my ($resource, $value) = map { $_ + 0 } @_;
    my $limits = "\0" x 16;
    syscall($nr->{prlimit64}, 0, $resource, 0, $limits) != -1 or die "prlimit: $!\n";
    my (undef, $hard) = unpack 'QQ', $limits;
    $value = $hard if $value > $hard;
    $limits = pack 'QQ', $value, $value;
    call('prlimit64', 0, $resource, $limits, 0);
}

# What statfs(2) says: type, size of a block, then numbers of blocks: all, free, available; of files: all, free.
sub file_system {
    my ($path) = @_;
    my $answer = "\0" x 120;
    syscall($nr->{statfs}, $path, $answer) != -1 or die "statfs $path: $!\n";
    return unpack 'q7', $answer;
}

# How the mount is that `$path` lies on: its flags, as mount(2) takes them, without those of times of access.
sub mount_flags {
    my ($path) = @_;
    my $answer = "\0" x 120;
    syscall($nr->{statfs}, $path, $answer) != -1 or die "statfs $path: $!\n";
    return unpack('x80 q', $answer) & (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC);
}

sub call {
    my ($name, @arguments) = @_;
    my $result = syscall($nr->{$name}, @arguments);
    die "$name: $!\n" if $result == -1;
    return $result;
}

sub mount {
    my ($what, $where, $type, $flags, $data) = @_;
    my $result = syscall($nr->{mount}, $what, $where, $type, $flags, $data);
    die "mount $type on $where ($data): $!\n" if $result == -1;
}

# Shows what is mounted below `$what` too: in a user namespace the kernel lets nobody look under the host's mounts.
sub mount_tree { my ($what, $where) = @_; mount($what, $where, 'none', MS_BIND | MS_REC, '') }

# Detaches a mount, if it is there: what still uses it keeps it alive until it ends.
sub unmount { my ($where) = @_; syscall($nr->{umount2}, $where, MNT_DETACH) }

# Makes the mount at `$where` the root of this mount namespace, and lets go of all that was mounted there before.
sub move_root {
    my ($where) = @_;
    chdir $where or die "chdir $where: $!\n";
    call('pivot_root', '.', '.');
    unmount('.');
}

# Ends this process at once: nothing that it inherited is flushed or destroyed.
sub exit_now { my ($status) = @_; syscall($nr->{exit_group}, $status + 0) }

# Makes the descriptor `$number` another one of the same file, which stays open at exec.
sub duplicate { my ($file, $number) = @_; call('dup3', fileno $file, $number + 0, 0) }

sub new_session { syscall($nr->{setsid}) }

sub unblock { my ($file) = @_; fcntl $file, F_SETFL, fcntl($file, F_GETFL, 0) | O_NONBLOCK or die "fcntl: $!\n" }

sub become {
    my ($uid, $gid) = map { $_ + 0 } @_;    # syscall() takes a string for a pointer
    my $none = '';
    call('setgroups', 0, $none);
    call('setresgid', $gid, $gid, $gid);
    call('setresuid', $uid, $uid, $uid);
}

# Carries what a worker on trees needs over exec(2), which takes the capabilities of
# whoever is not root in the namespace: as ambient ones, see capabilities(7).
sub carry_capabilities {
    my $mask = 0;
    $mask |= 1 << $_ for 0 .. 4, 6, 7;    # CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID SETGID SETUID
    my $header = pack 'Ll', 0x20080522, 0;
    my $sets = pack 'L6', ($mask) x 3, 0, 0, 0;
    call('capset', $header, $sets);
    call('prctl', PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, $_, 0, 0) for grep { $mask >> $_ & 1 } 0 .. 31;
}

# Lets the program that is executed next have all capabilities still, and the programs that it starts no others
# than these: the first come by the inheritable set, which bwrap then reduces; what a root's program could get
# beyond is cut off by the bounding set, which bwrap leaves as it is. See capabilities(7).
sub bound_capabilities {
    my %kept = map { $_ => 1 } @_;
    my $header = pack 'Ll', 0x20080522, 0;
    my $sets = "\0" x 24;
    syscall($nr->{capget}, $header, $sets) != -1 or die "capget: $!\n";
    my ($low, $high) = (unpack 'L6', $sets)[1, 4];    # what is permitted
    $sets = pack 'L6', ($low) x 3, ($high) x 3;
    call('capset', $header, $sets);
    # The kernel says EINVAL of the first number that it has no capability for.
    for (my $number = 0; syscall($nr->{prctl}, PR_CAPBSET_READ, $number, 0, 0, 0) != -1; $number++) {
        call('prctl', PR_CAPBSET_DROP, $number, 0, 0, 0) if !$kept{$number};
    }
}

# Whole files, of which an attempt reads and writes fifty: a handle of Perl's makes five system calls more for each.

sub write_file { my ($path, $text) = @_; write_by($path, $text, O_CREAT | O_TRUNC) }

# The same over the beginning of what is there already, which needs no room on the disk.
sub write_over { my ($path, $text) = @_; write_by($path, $text, 0) }

sub write_by {
    my ($path, $text, $how) = @_;
    my $fd = syscall($nr->{openat}, AT_FDCWD, "$path", O_WRONLY | O_CLOEXEC | $how, 0666);
    die "open $path: $!\n" if $fd == -1;
    my $left = "$text";
    while ($left ne '') {
        my $written = syscall($nr->{write}, $fd, $left, length $left);
        if ($written == -1) {
            my $why = $!;
            syscall($nr->{close}, $fd);
            die "write $path: $why\n";
        }
        substr $left, 0, $written, '';
    }
    die "close $path: $!\n" if syscall($nr->{close}, $fd) == -1;
}

# Undefined where it cannot be opened, or not be read.
sub read_file {
    my ($path) = @_;
    my $fd = syscall($nr->{openat}, AT_FDCWD, "$path", O_RDONLY | O_CLOEXEC, 0);
    return undef if $fd == -1;
    my ($text, $piece, $got, $why) = ('', "\0" x PIECE_BYTES);
    while (($got = syscall($nr->{read}, $fd, $piece, PIECE_BYTES)) > 0) { $text .= substr $piece, 0, $got }
    $why = $!;
    syscall($nr->{close}, $fd);
    return $text if $got == 0;
    $! = $why;
    return undef;
}

# When a process began, in ticks since the boot: with the pid it names one process for good. Undefined
# when there is none, or it has ended and only its parent has not asked for its status yet. See proc(5).
sub start_time {
    my ($pid) = @_;
    my $stat = read_file("/proc/$pid/stat") // return undef;
    my @fields = split / /, $stat =~ s/^.*\) //rs;
    return $fields[0] =~ /[ZX]/ ? undef : $fields[19];
}

sub shell_status { my ($wait_status) = @_; return $wait_status & 127 ? 128 + ($wait_status & 127) : $wait_status >> 8 }

# Whatever was open in the program that started us must not reach a step.
sub close_inherited {
    my ($from, $to) = @_;
    opendir my $fds, '/proc/self/fd' or die "open /proc/self/fd: $!\n";
    for my $fd (grep { /^\d+$/ && $_ >= $from && (!defined $to || $_ <= $to) && $_ != fileno $fds } readdir $fds) { syscall($nr->{close}, $fd + 0) }
}

1;
