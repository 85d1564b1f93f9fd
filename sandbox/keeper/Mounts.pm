# What is mounted for the attempts: the system tree, the workspace, what is memory, what else they are shown.
#
#   /sys/root       the system tree of a container; read-only, it stays for all steps that use the same
#   /sys/memory     what is memory in a sandbox, as one file system, so that it has one size
#   /sys/view       a container as bwrap takes it over by one mount: the root, and on it /dev, memory, the workspace
#   /sys/workspace  that of a vetted tool
#   /sys/shownN     more trees for a vetted tool
package Mounts;
use strict;
use warnings;
use Exporter 'import';
use Fcntl;
use Kernel;
use Message;
use Namespaces;

our @EXPORT = qw(mount_attempt mount_ahead unmount_attempt unmount_memory unmount_everything);

use constant { MEMORY => PLACE . '/memory', ROOT => PLACE . '/root', VIEW => PLACE . '/view', WORKSPACE => PLACE . '/workspace', DEVICE_TREE => PLACE . '/devices' };

my $mounted_root;      # the read-only system tree that stays mounted for the project
my $has_devices;
# Of the last attempt, as that of the next one is likely to be like it; and those that are mounted and not used yet.
my ($memory_places, $mounted_places);
my ($view, $mounted_view);

# All of it for an attempt whose sandbox waits.
sub mount_attempt {
    my ($attempt) = @_;
    my ($run, $directory) = @$attempt{qw(message directory)};
    mount_root($attempt, $run) if defined one($run, 'root');
    my $number = 0;
    for my $tree (many($run, 'shown')) {
        my $place = PLACE . '/shown' . $number++;
        overlay($place, undef, undef, $tree);
        push @{ $attempt->{mounts} }, $place;
    }
    my @lower = many($run, 'lower');
    make_upper("$directory/upper", $lower[0], 1000, 1000);
    mkdir "$directory/work" or die "mkdir $directory/work: $!\n";
    take_memory($attempt, $run);
    my $workspace = take_view($attempt, $run) // WORKSPACE;
    overlay($workspace, "$directory/upper", "$directory/work", @lower);
    push @{ $attempt->{mounts} }, WORKSPACE if $workspace eq WORKSPACE;
}

# What the next attempt is likely to need, while the supervisor has something to do. What fails here shows when it is needed.
sub mount_ahead {
    if (defined $memory_places) { eval { mount_memory($memory_places); 1 } or unmount(MEMORY) }
    if (defined $view && defined $mounted_places) { eval { mount_view($view); 1 } or unmount(VIEW) }
}

# All but what is memory.
sub unmount_attempt {
    my ($attempt) = @_;
    unmount($_) for reverse @{ $attempt->{mounts} };
}

# That may be large, and no layer rests on it: so the end of the attempt is told before.
sub unmount_memory {
    my ($attempt) = @_;
    unmount(MEMORY) if delete $attempt->{has_memory};
}

# The same where nobody knows how much of it is there.
sub unmount_everything {
    my ($run) = @_;
    $mounted_places = $mounted_view = $mounted_root = undef;
    my @shown = many($run, 'shown');
    unmount($_) for WORKSPACE, VIEW, MEMORY, ROOT, map { PLACE . "/shown$_" } 0 .. $#shown;
}

# A new layer's top directory looks as the one below it does.
sub make_upper {
    my ($upper, $below, $uid, $gid) = @_;
    mkdir $upper or die "mkdir $upper: $!\n";
    my ($mode, $owner, $group) = defined $below ? (stat $below)[2, 4, 5] : (0755, $uid, $gid);
    die "stat $below: $!\n" if !defined $mode;
    chown $owner, $group, $upper or die "chown $upper: $!\n";
    chmod $mode & 07777, $upper or die "chmod $upper: $!\n";
}

sub mount_root {
    my ($attempt, $run) = @_;
    my ($root, $directory, $points) = (one($run, 'root'), $attempt->{directory}, PLACE . '/points');
    my @lower = (many($run, 'rootlower'), $root);
    # One mount for all the steps that use the same tree as it is.
    return if !one($run, 'writable') && ($mounted_root // '') eq $root;
    forget_view();
    unmount(ROOT) if defined $mounted_root;
    $mounted_root = undef;
    if (one($run, 'writable')) {
        make_upper("$directory/root-upper", $lower[0], 0, 0);
        mkdir "$directory/root-work" or die "mkdir $directory/root-work: $!\n";
        overlay(ROOT, "$directory/root-upper", "$directory/root-work", $points, @lower);
        push @{ $attempt->{mounts} }, ROOT;
    } else {
        overlay(ROOT, undef, undef, $points, @lower);
        $mounted_root = $root;
        add_builder_names();
    }
}

# Puts /etc/passwd and /etc/group with a line for the builder, whom no system tree knows, over those of the mounted tree.
# Nobody can change that meanwhile.
sub add_builder_names {
    my $etc = ROOT . '/etc';
    return if -l $etc;    # the tree is the step's: its links lead where it likes
    for my $pair (['passwd', 'builder:x:1000:1000::/home/builder:/bin/sh'], ['group', 'builder:x:1000:']) {
        my ($name, $line) = @$pair;
        sysopen my $file, "$etc/$name", O_RDONLY | O_NOFOLLOW | O_NONBLOCK or next;
        next if !-f $file || -s _ > 1 << 20;
        local $/;
        my $text = <$file>;
        next if $text =~ /^[^:\n]*:[^:\n]*:1000:/m || $text =~ /^builder:/m;
        $text .= "\n" if $text ne '' && $text !~ /\n\z/;
        my $named = PLACE . "/$name";
        unlink $named;    # that of another tree
        write_file($named, "$text$line\n");
        mount($named, "$etc/$name", 'none', MS_BIND, '');
        mount('none', "$etc/$name", 'none', MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV, '');
    }
}

# What is memory in a sandbox is one file system, so that it has one size, and one number of files.
sub take_memory {
    my ($attempt, $run) = @_;
    $memory_places = many($run, 'place') ? join "\n", one($run, 'memory'), one($run, 'uid'), one($run, 'gid'), many($run, 'place') : undef;
    if (($mounted_places // '') ne ($memory_places // '')) {
        forget_view();
        unmount(MEMORY) if defined $mounted_places;
        $mounted_places = undef;
        return if !defined $memory_places;
        mount_memory($memory_places);
    }
    $attempt->{has_memory} = defined $mounted_places;
    $mounted_places = undef;
}

sub mount_memory {
    my ($size, $uid, $gid, @places) = split /\n/, $_[0];
    mount('tmpfs', MEMORY, 'tmpfs', MS_NOSUID | MS_NODEV, $size);
    for (@places) {
        my ($name, $mode) = split /:/;
        my $place = MEMORY . "/$name";
        mkdir $place or die "mkdir $place: $!\n";
        chown $uid, $gid, $place or die "chown $place: $!\n";
        chmod oct $mode, $place or die "chmod $place: $!\n";
    }
    $mounted_places = $_[0];
}

# A container as bwrap takes it over, on its system tree; where its workspace is to be mounted in there. Nothing for a vetted tool.
sub take_view {
    my ($attempt, $run) = @_;
    my @entries = many($run, 'view') or return undef;
    my $wanted = join "\n", @entries;
    if (($mounted_view // '') ne $wanted) { forget_view(); mount_view($wanted) }
    $mounted_view = undef;
    $view = one($run, 'writable') ? undef : $wanted;
    push @{ $attempt->{mounts} }, VIEW;
    my ($workspace) = map { /^workspace:(.*)/s ? VIEW . $1 : () } @entries;
    return $workspace;
}

# All of it but the workspace: entries of containerView in bwrap-argv.ts, a line each. The mount points are there in every
# tree (see make_places), or are ours.
sub mount_view {
    my ($entries) = @_;
    mount_tree(ROOT, VIEW);
    for (split /\n/, $entries) {
        my ($what, $where) = split /:/, $_, 2;
        my $place = VIEW . $where;
        if ($what eq 'devices') {
            if (!$has_devices) { make_devices(DEVICE_TREE); $has_devices = 1 }
            mount_tree(DEVICE_TREE, $place);
            mount('devpts', "$place/pts", 'devpts', MS_NOSUID | MS_NOEXEC, 'newinstance,ptmxmode=0666,mode=620');
        }
        elsif ($what eq 'read-only') { mount('none', $place, 'none', MS_BIND | MS_REMOUNT | MS_RDONLY | mount_flags($place), '') }
        elsif ($what =~ m{^memory/}) { mount(PLACE . "/$what", $place, 'none', MS_BIND, '') }
    }
    $mounted_view = $entries;
}

sub forget_view {
    unmount(VIEW) if defined $mounted_view;
    $mounted_view = undef;
}

1;
