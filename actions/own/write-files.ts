import { Readable } from 'node:stream';
import { diskRefusal } from '../../errors.ts';
import { BUILDER } from '../../sandbox/policy.ts';
import { findProgram } from '../../sandbox/programs.ts';
import type { ActionContext } from '../action.ts';
import type { OwnResult } from './own-action.ts';

type Files = NonNullable<Exclude<OwnResult, { failed: string }>['files']>;

/**
 * Makes a layer of files, and gives its name. The layer is new and nobody else writes to it, so no link in the
 * workspace can lead a path elsewhere.
 */
export async function writeFiles(files: Files, context: ActionContext): Promise<string> {
  const layer = context.newLayer();
  const contents = Object.entries(files).map(([path, content]) => ({
    path,
    bytes: Buffer.from(content as Uint8Array),
  }));
  const { exitCode, stderr } = await context.runInIdMap({
    command: [findProgram('perl'), '-e', WRITE, `layers/.new-${layer}`, String(contents.length)],
    input: Readable.from(inputOf(contents), { objectMode: false }),
  });
  context.signal.throwIfAborted();
  if (exitCode !== 0)
    throw diskRefusal(stderr) ?? new Error(`files could not be written: ${stderr.trim().slice(-500)}`);
  context.sealLayer(layer);
  return layer;
}

/** Of each file a line with its length and path, which has no line break, then its bytes; so many may be too long for arguments. */
function* inputOf(files: readonly { readonly path: string; readonly bytes: Buffer }[]): Generator<Buffer> {
  for (const { path, bytes } of files) yield Buffer.concat([Buffer.from(`${bytes.length} ${path}\n`), bytes]);
}

const WRITE = `
use strict; use warnings;
my ($top, $count) = @ARGV;
sub fail { die "$_[0]: $!\\n" }
sub directory { mkdir $_[0] or fail($_[0]); chown ${BUILDER}, ${BUILDER}, $_[0] or fail($_[0]) }
umask 022;
binmode STDIN;
directory($top);
for (1 .. $count) {
  my ($length, $path) = (<STDIN> // '') =~ /\\A([0-9]+) (.+)\\n\\z/ or die "what was to be written ended too early\\n";
  my @parts = split m{/}, $path;
  my $name = pop @parts;
  my $at = $top;
  for my $part (@parts) { $at .= "/$part"; directory($at) unless -d $at }
  $at .= "/$name";
  open my $file, '>:raw', $at or fail($at);
  while ($length > 0) {
    my $read = read STDIN, my $piece, $length < 65536 ? $length : 65536;
    fail('what was to be written') unless defined $read;
    die "what was to be written ended too early\\n" if $read == 0;
    print {$file} $piece or fail($at);
    $length -= $read;
  }
  chown ${BUILDER}, ${BUILDER}, $file or fail($at);
  close $file or fail($at);
}
`;
