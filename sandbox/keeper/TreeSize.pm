# How much there is on a disk, and in trees that a step has written.
package TreeSize;
use strict;
use warnings;
use Exporter 'import';
use Kernel;

our @EXPORT = qw(disk_usage begin_walk go_on_walking);

# By statfs(2). A file system without a number of files says 0 of 0: `counts` tells.
sub disk_usage {
    my ($path) = @_;
    my (undef, $block, $blocks, $free, $available, $files, $files_free) = file_system($path);
    return {
        bytes_used => ($blocks - $free) * $block,
        bytes_free => $available * $block,
        files_used => $files - $files_free,
        files_free => $files_free,
        counts => { bytes_free => $blocks > 0, files_free => $files > 0 },
    };
}

# A walk through trees that can be broken off and gone on with.
sub begin_walk { my @trees = @_; return { left => [@trees], bytes => 0, files => 0 } }

# Goes on for so many seconds, or to the end; true when it has come there. Links are not followed.
sub go_on_walking {
    my ($walk, $seconds) = @_;
    my $until = defined $seconds ? monotonic() + $seconds : undef;
    while (defined(my $directory = shift @{ $walk->{left} })) {
        opendir my $handle, $directory or next;
        for my $name (grep { $_ ne '.' && $_ ne '..' } readdir $handle) {
            my @stat = lstat "$directory/$name" or next;
            $walk->{files}++;
            $walk->{bytes} += 512 * $stat[12];
            push @{ $walk->{left} }, "$directory/$name" if -d _;
        }
        return 0 if defined $until && monotonic() > $until;
    }
    return 1;
}

1;
