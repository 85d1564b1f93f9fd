# A keeper for one command that somebody talks to: a shell. Nothing of it is kept, and it ends with who asked for it.
#
#   contractor ══ 3 (what is typed, what is shown), 4 (errors) ══ guardian ══ pseudo-terminal or pipes ══ the command
#        └──────── 5 (sizes of the window; its end is contractor's end) ──┘
#
# The guardian makes the pair of the pseudo-terminal and copies bytes. So the command never holds a descriptor of the
# terminal, file or pipe that contractor itself was started with: what it does to its own is done to nobody else's.
package Shell;
use strict;
use warnings;
use Exporter 'import';
use Fcntl;
use Kernel;
use Namespaces;
use POSIX ();

our @EXPORT = qw(open_shell);

use constant { TCGETS => 0x5401, TCSETS => 0x5402, TIOCSWINSZ => 0x5414, TIOCSPTLCK => 0x40045431, TIOCGPTPEER => 0x5441, IUTF8 => 0x4000 };
use constant INSIDE_FD => 200;    # where the command's three descriptors wait; above what make_process closes
use constant PIECE => 65536;

# `$how` is `terminal/ROWS/COLUMNS` or `pipes`. Descriptors 3 to 5 are contractor's.
sub open_shell {
    my ($how, $scratch) = @_;
    my ($kind, @size) = split m{/}, $how;
    my %shell = (kind => $kind, scratch => $scratch);
    @shell{qw(data errors control)} = map { open my $handle, '+<&=', $_ or die "descriptor $_: $!\n"; $handle->blocking(0); $handle } 3 .. 5;
    my $self = bless \%shell;
    if ($kind eq 'terminal') { $self->make_terminal(@size) } else { $self->make_pipes }
    return $self;
}

sub make_terminal {
    my ($self, @size) = @_;
    sysopen my $master, '/dev/ptmx', O_RDWR | O_NOCTTY or die "no pseudo-terminal is to be had: open /dev/ptmx: $!\n";
    my $unlocked = pack 'i', 0;
    ioctl $master, TIOCSPTLCK, $unlocked or die "unlock the pseudo-terminal: $!\n";
    my $number = ioctl $master, TIOCGPTPEER, O_RDWR | O_NOCTTY or die "open the pseudo-terminal: $!\n";
    open my $slave, '+<&=', $number or die "open the pseudo-terminal: $!\n";
    my $settings = "\0" x 64;
    if (ioctl $slave, TCGETS, $settings) {
        substr $settings, 0, 4, pack 'L', IUTF8 | unpack 'L', $settings;
        ioctl $slave, TCSETS, $settings;
    }
    set_size($slave, @size);
    $master->blocking(0);
    POSIX::dup2(fileno $slave, INSIDE_FD + $_) // die "dup2: $!\n" for 0 .. 2;
    @$self{qw(input output size)} = ($master, $master, $slave);
}

sub make_pipes {
    my ($self) = @_;
    for my $pair (['input', 0], ['output', 1], ['failures', 2]) {
        my ($name, $number) = @$pair;
        pipe my $reader, my $writer or die "pipe: $!\n";
        my ($ours, $theirs) = $number == 0 ? ($writer, $reader) : ($reader, $writer);
        $ours->blocking(0);
        POSIX::dup2(fileno $theirs, INSIDE_FD + $number) // die "dup2: $!\n";
        $self->{$name} = $ours;
    }
}

sub set_size {
    my ($slave, $rows, $columns) = @_;
    my $size = pack 'S4', $rows, $columns, 0, 0;
    ioctl $slave, TIOCSWINSZ, $size;    # the kernel tells who is in the foreground
}

# In the process that becomes the command: its descriptors 0 to 2. The terminal is nobody's until the command takes
# it, inside, where its processes have numbers: see terminal-program.ts.
sub connect_command {
    my ($self) = @_;
    POSIX::dup2(INSIDE_FD + $_, $_) // die "dup2: $!\n" for 0 .. 2;
    POSIX::close(INSIDE_FD + $_) for 0 .. 2;
}

# In the keeper itself, which must not hold a pipe open that is to end.
sub go_inside { my ($self) = @_; delete @$self{qw(data errors control input output failures size)} }

# What only the map's root can remove. Everything that ran in the keeper is gone by then, or about to.
sub remove_scratch {
    my ($self) = @_;
    kill 'KILL', -1;
    1 while waitpid(-1, 0) > 0;
    unmount(PLACE . "/$_") for qw(view memory workspace root);
    system '/bin/rm', '-rf', '--', "../attempts/$self->{scratch}";
}

# In the guardian: copies bytes until the keeper `$pid` is gone and everything that was written is handed over.
# `$line` is closed when contractor is gone, which ends the keeper.
sub relay {
    my ($self, $pid, $line) = @_;
    POSIX::close(INSIDE_FD + $_) for 0 .. 2;
    delete $self->{size} if $self->{kind} ne 'terminal';
    $SIG{PIPE} = 'IGNORE';
    my @flows = map { { from => $_->[0], to => $_->[1], held => '', last => $_->[2] } } (
        [$self->{data}, $self->{input}, $self->{kind} eq 'pipes'],
        [$self->{output}, $self->{data}, 0],
        $self->{failures} ? [$self->{failures}, $self->{errors}, 0] : (),
    );
    my ($status, $sizes) = (undef, '');
    while (1) {
        if (!defined $status && waitpid($pid, POSIX::WNOHANG()) == $pid) {
            $status = $?;
            delete $self->{size};    # the last that holds the command's end of the terminal open
        }
        my @open = grep { defined $_->{from} || $_->{held} ne '' } @flows;
        # What was written before the end is still in the terminal or pipe: until there is no more.
        last if defined $status && !grep { $_ != $flows[0] } @open;
        my ($readable, $writable) = ('', '');
        for my $flow (@open) {
            vec($readable, fileno $flow->{from}, 1) = 1 if defined $flow->{from} && length $flow->{held} < PIECE;
            vec($writable, fileno $flow->{to}, 1) = 1 if $flow->{held} ne '';
        }
        vec($readable, fileno $self->{control}, 1) = 1 if defined $self->{control};
        my $count = select $readable, $writable, undef, 0.1;
        next if $count <= 0;
        if (defined $self->{control} && vec($readable, fileno $self->{control}, 1)) {
            my $got = sysread $self->{control}, $sizes, PIECE, length $sizes;
            if (defined $got ? $got == 0 : $! != EAGAIN && $! != EINTR) {
                delete $self->{control};
                close $line;    # see serve: the keeper ends, and removes what is to be removed
                @flows = ();    # nobody reads any more
                next;
            }
            while ($sizes =~ s/^(\d+) (\d+)\n//) { set_size($self->{size}, $1, $2) if $self->{size} }
        }
        for my $flow (@open) {
            if (defined $flow->{from} && vec($readable, fileno $flow->{from}, 1)) {
                my $got = sysread $flow->{from}, $flow->{held}, PIECE, length $flow->{held};
                # A terminal whose other end nobody holds any more answers EIO.
                $flow->{from} = undef if defined $got ? $got == 0 : $! != EAGAIN && $! != EINTR;
            }
            if ($flow->{held} ne '' && vec($writable, fileno $flow->{to}, 1)) {
                my $written = syswrite $flow->{to}, $flow->{held};
                if (defined $written) { substr $flow->{held}, 0, $written, '' }
                elsif ($! != EAGAIN && $! != EINTR) { @$flow{qw(from held)} = (undef, '') }
            }
            # The end of what is typed is the end of the command's input.
            if ($flow->{last} && !defined $flow->{from} && $flow->{held} eq '') { close $flow->{to}; $flow->{last} = 0 }
        }
    }
    return $status;
}

1;
