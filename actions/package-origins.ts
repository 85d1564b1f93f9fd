import { LOCAL_REPOSITORY } from './artifact-packages.ts';
import { ORIGINS_FILE } from '../store/trees/tree-packages.ts';

/** Where the half with the network notes what apt fetches, as `apt-get --print-uris` has it. */
export const FETCHED_URIS = '/run/contractor/fetched-uris';

/** A program that notes in the tree which is its argument what its packages are and where they came from. */
export const NOTE_ORIGINS = '/run/contractor/note-origins';

/** The addresses of repositories, one a line, for that program. */
export const REPOSITORY_ADDRESSES = '/run/contractor/repository-addresses';

/**
 * An address counts as the repository that is the longest beginning of it; one that is of none, as what stands before
 * its `pool`. Names and passwords are not kept.
 */
export const NOTE_ORIGINS_PROGRAM: string = String.raw`#!/usr/bin/perl
use strict;
use warnings;

sub lines { my ($path) = @_; open my $file, '<', $path or return (); return map { s/\n\z//r } <$file> }

my ($root) = @ARGV;
my @repositories = sort { length $b <=> length $a } lines('${REPOSITORY_ADDRESSES}');

sub origin {
    my ($uri) = @_;
    return "artifact:$1" if $uri =~ m{^copy:\Q${LOCAL_REPOSITORY}\E/+(?:\./)*([^/]+)/};
    for my $one (@repositories) { return $one if index($uri, "$one/") == 0 }
    return $uri =~ s{/(?:pool/.*|[^/]*)\z}{}sr;
}

my %noted;
for (lines('${FETCHED_URIS}')) {
    my ($uri, $file, $sha256) = m{^'(\S+)' (\S+)\.deb \d+ SHA256:([0-9a-f]{64})} or next;
    $uri =~ s{//[^/]*@}{//};
    my ($name, $version, $architecture) = map { s/%([0-9A-Fa-f]{2})/chr hex $1/egr } split /_/, $file;
    $noted{"$name $version $architecture"} = "$sha256 " . origin($uri);
}
exit 0 if !%noted;
my ($directory) = "$root/${ORIGINS_FILE}" =~ m{^(.*)/};
mkdir $directory;
open my $out, '>', "$root/${ORIGINS_FILE}" or die "note-origins: ${ORIGINS_FILE}: $!\n";
print $out map { "$_ $noted{$_}\n" } sort keys %noted;
close $out or die "note-origins: ${ORIGINS_FILE}: $!\n";
`;
