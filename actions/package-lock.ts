import type { Json, Step } from '../spec-schema/build-spec.ts';
import type { InstalledPackage } from '../store/trees/installed-packages.ts';

/** What a lock says of a package: the file too, where that is known. */
export type LockedPackage = Pick<InstalledPackage, 'name' | 'version' | 'architecture' | 'origin' | 'sha256'>;

/**
 * The parameter of a `debootstrap` step by which a lock comes to it, so that it is part of the step's key and of the
 * run. No specification can have it.
 */
export const LOCKED_PACKAGES = 'locked-packages';

/** The packages that a step has to install, each in this version, and no other; undefined when it is not locked. */
export function lockedPackages({ parameters }: Step): readonly LockedPackage[] | undefined {
  const value: Json | undefined = parameters[LOCKED_PACKAGES];
  return Array.isArray(value) ? value : undefined;
}

/** What apt prefers in a locked step: above all else, older versions too. */
export function lockPreferences(locked: readonly LockedPackage[]): string {
  const versions = new Map(locked.map(({ name, version }) => [name, version]));
  return [...versions]
    .map(([name, version]) => `Package: ${name}\nPin: version ${version}\nPin-Priority: 1001\n`)
    .join('\n');
}

/** Where the program below finds the lock, a line a package. */
export const LOCK_FILE = '/run/contractor/package-lock';

/** That program. */
export const CHECK_LOCK = '/run/contractor/check-lock';

export function lockText(locked: readonly LockedPackage[]): string {
  return locked
    .map(({ name, version, architecture, sha256 = '-' }) => `${name} ${version} ${architecture} ${sha256}\n`)
    .join('');
}

/** What stands before what it says. */
export const LOCK_COMPLAINT = 'locked: ';

/**
 * `check-lock available`: whether apt knows all that is locked. `fetched FILE`: whether what it fetched, as in FILE, is
 * what was locked, to the byte. `installed ROOT`: whether exactly that is installed. Says what is not so, and fails.
 */
export const CHECK_LOCK_PROGRAM: string = String.raw`#!/usr/bin/perl
use strict;
use warnings;

my ($what, $where) = @ARGV;
open my $lock, '<', '${LOCK_FILE}' or die "check-lock: $!\n";
my @locked = map { [split] } <$lock>;
my @complaints;

if ($what eq 'available') {
    my %known;
    my %names = map { ($_->[2] eq 'all' ? $_->[0] : "$_->[0]:$_->[2]", 1) } @locked;
    open my $out, '-|', 'apt-cache', 'madison', sort keys %names or die "check-lock: apt-cache: $!\n";
    while (<$out>) { $known{$1}{$2} = 1 if /^\s*(\S+?)(?::\S+)? \| +(\S+) \|/ }
    for (@locked) {
        my ($name, $version) = @$_;
        next if $known{$name}{$version};
        my @there = sort keys %{ $known{$name} };
        push @complaints, "$name $version is not there any more: " . (@there ? 'there is ' . join ', ', @there : 'there is no such package');
    }
} elsif ($what eq 'fetched') {
    my %sha256 = map { ("$_->[0] $_->[1] $_->[2]", $_->[3]) } @locked;
    open my $uris, '<', $where or exit 0;
    while (<$uris>) {
        my ($file, $now) = /^'\S+' (\S+)\.deb \d+ SHA256:([0-9a-f]{64})/ or next;
        my $package = join ' ', map { s/%([0-9A-Fa-f]{2})/chr hex $1/egr } split /_/, $file;
        my $then = $sha256{$package} // do { push @complaints, "$package is not in the lock, and would be installed"; next };
        push @complaints, "$package is another file than the one that was locked" if $then ne '-' && $then ne $now;
    }
} else {
    my %wanted = map { ("$_->[0] $_->[1] $_->[2]", 1) } @locked;
    open my $status, '<', "$where/var/lib/dpkg/status" or die "check-lock: $!\n";
    local $/ = '';
    while (my $stanza = <$status>) {
        my %field = $stanza =~ /^(Package|Version|Architecture|Status): *(.*?) *$/mg;
        next if ($field{Status} // '') !~ / installed$/;
        my $package = join ' ', map { $_ // '' } @field{qw(Package Version Architecture)};
        delete $wanted{$package} or push @complaints, "$package is installed, and is not in the lock";
    }
    push @complaints, map { "$_ is not installed" } sort keys %wanted;
}
exit 0 if !@complaints;
print STDERR map { "${LOCK_COMPLAINT}$_\n" } @complaints;
exit 1;
`;
