#!/usr/bin/perl
# cut-off COMMAND [ARG ...]: runs a command that shares no network, no System V IPC and no view of processes
# with whoever starts it, and ends with its exit status. It has a loopback of its own: the keeper has made this
# network, and left a descriptor of it, as to bring a loopback up takes a capability which no vetted tool has.
#
# For the second half of a vetted tool: what it has fetched it then works on without a network. The command is
# in a pid namespace of its own and finds no other /proc, so there is no process with a network left for it to
# trace, signal or take descriptors from, whatever capabilities it has.
use strict;
use warnings;
use POSIX ();

# x86_64 from asm/unistd_64.h, aarch64 from asm-generic/unistd.h.
my %numbers = (
    x86_64  => { mount => 165, umount2 => 166, prctl => 157, unshare => 272, setns => 308 },
    aarch64 => { mount => 40, umount2 => 39, prctl => 167, unshare => 97, setns => 268 },
);
my $nr = $numbers{ (POSIX::uname())[4] } or die "cut-off: no system call numbers for this machine\n";

sub call {
    my ($name, @arguments) = @_;
    syscall($nr->{$name}, @arguments) != -1 or die "cut-off: $name: $!\n";
}

use constant {
    NETWORK_FD => 97,    # see keeper/Attempt.pm
    CLONE_NEWNS => 0x20000, CLONE_NEWIPC => 0x8000000, CLONE_NEWPID => 0x20000000, CLONE_NEWNET => 0x40000000,
    MS_NOSUID => 2, MS_NODEV => 4, MS_NOEXEC => 8, MS_MOVE => 8192, MNT_DETACH => 2,
    PR_SET_PDEATHSIG => 1, SIGKILL => 9,
};

sub status { my ($wait_status) = @_; return $wait_status & 127 ? 128 + ($wait_status & 127) : $wait_status >> 8 }

sub start {
    my ($inner) = @_;
    my $pid = fork // die "cut-off: fork: $!\n";
    return $pid if $pid;
    eval { $inner->() };
    print STDERR $@;
    POSIX::_exit(125);
}

call('setns', NETWORK_FD, CLONE_NEWNET);
POSIX::close(NETWORK_FD);
call('unshare', CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWPID);
my $first = start(sub {
    call('prctl', PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    # Beside the old one first: the kernel gives a new /proc only to who sees one already.
    my ($type, $beside, $place, $none) = ('proc', '/tmp/.proc', '/proc', '');
    mkdir $beside or die "cut-off: mkdir $beside: $!\n";
    call('mount', $type, $beside, $type, MS_NOSUID | MS_NODEV | MS_NOEXEC, $none);
    call('umount2', $place, MNT_DETACH);
    call('mount', $beside, $place, $none, MS_MOVE, $none);
    rmdir $beside;
    my $command = start(sub {
        exec { $ARGV[0] } @ARGV;
        die "cut-off: exec $ARGV[0]: $!\n";
    });
    while ((my $ended = waitpid -1, 0) > 0) { POSIX::_exit(status($?)) if $ended == $command }
    POSIX::_exit(125);
});
waitpid $first, 0;
POSIX::_exit(status($?));
