/** Where the artifacts are shown that packages come from, each in a directory of its name. */
export const SHOWN_ARTIFACTS = '/run/contractor/artifacts';

/** The repository that apt finds them in: an index, and links that have plain names. */
export const LOCAL_REPOSITORY = '/run/contractor/local';

/** What makes it. */
export const INDEX_PACKAGES = '/run/contractor/index-packages';

/** How apt is told of it; taken out of the tree again when that is made. */
export const ARTIFACT_SOURCES = '/run/contractor/artifacts.sources';

/** Nobody signs them: whoever names an artifact as the source of packages trusts who makes that. */
export const ARTIFACT_SOURCES_TEXT: string = [
  'Types: deb',
  `URIs: copy:${LOCAL_REPOSITORY}`,
  'Suites: ./',
  'Trusted: yes',
  'Check-Valid-Until: no',
  '',
].join('\n');

/** What stands before what it says. */
export const INDEX_COMPLAINT = 'index-packages: ';

/**
 * Makes a repository of all `.deb` files in the artifacts.
 *
 * What is in an artifact is not trusted to be what it says: links are not followed, and of what dpkg-deb gives as the
 * fields of a package only its first stanza is taken, without the fields that say where the file is.
 */
export const INDEX_PACKAGES_PROGRAM: string = String.raw`#!/usr/bin/perl
use strict;
use warnings;
use Digest::SHA;
use File::Find;

my ($shown, $local) = ('${SHOWN_ARTIFACTS}', '${LOCAL_REPOSITORY}');
sub complain { die "${INDEX_COMPLAINT}@_\n" }

sub fields {
    my ($file) = @_;
    open my $out, '-|', 'dpkg-deb', '--field', $file or complain("dpkg-deb: $!");
    my ($is_first, $keep, $text, %seen) = (1, 0, '');
    while (my $line = <$out>) {
        $is_first = 0 if $line =~ /^\s*$/;
        next if !$is_first;
        if ($line =~ /^([A-Za-z][A-Za-z0-9-]*):/) {
            my $name = lc $1;
            $keep = $name !~ /^(?:filename|size|md5sum|sha1|sha256|sha512|status)$/ && !$seen{$name}++;
        } elsif ($line !~ /^[ \t]/) { $keep = 0 }
        $text .= $line if $keep;
    }
    close $out;
    return $? == 0 && $seen{package} && $seen{version} && $seen{architecture} ? $text : undef;
}

mkdir $local or complain("$local: $!");
my $index = '';
for my $artifact (@ARGV) {
    my @files;
    find({ no_chdir => 1, wanted => sub { push @files, $_ if /\.deb\z/ && !-l $_ && -f _ } }, "$shown/$artifact");
    @files or complain("the artifact $artifact has no file *.deb");
    mkdir "$local/$artifact" or complain("$local/$artifact: $!");
    my $number = 0;
    for my $file (sort @files) {
        my $name = $file =~ s{^\Q$shown\E/}{}r =~ s/[^ -~]/?/gr;
        my $text = fields($file) // complain("$name is no package");
        my $link = "$artifact/" . $number++ . '.deb';
        symlink $file, "$local/$link" or complain("$link: $!");
        my $size = -s $file;
        my $sha256 = Digest::SHA->new(256)->addfile($file, 'b')->hexdigest;
        $index .= "$text" . ($text =~ /\n\z/ ? '' : "\n") . "Filename: ./$link\nSize: $size\nSHA256: $sha256\n\n";
    }
}

sub write_text { my ($path, $text) = @_; open my $out, '>', $path or complain("$path: $!"); print $out $text; close $out or complain("$path: $!") }
write_text("$local/Packages", $index);
my ($length, $sha256) = (length $index, Digest::SHA::sha256_hex($index));
write_text("$local/Release", "Origin: contractor\nSuite: artifacts\nDate: Thu, 01 Jan 2015 00:00:00 UTC\nSHA256:\n $sha256 $length Packages\n");
`;
