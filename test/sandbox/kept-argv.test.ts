import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** What the keeper writes down of such words. */
function kept({ options, command }: { readonly options: readonly string[]; readonly command: readonly string[] }) {
  const keeper = join(import.meta.dirname, '../../sandbox/keeper');
  const script = 'my $at = shift; print join "\\0", kept_argv([@ARGV[0 .. $at - 1]], [@ARGV[$at .. $#ARGV]])';
  const argv = ['-I', keeper, '-MWitness', '-we', script, String(options.length), ...options, ...command];
  const { stdout, stderr } = spawnSync('perl', argv, { encoding: 'utf8' });
  expect(stderr).toBe('');
  return stdout.split('\0');
}

test('a witness has the proxies of the user without names and passwords, and other options as they were', () => {
  const options = [
    ...['bwrap', '--setenv', 'http_proxy', 'http://me:secret@proxy.example:3128/'],
    ...['--setenv', 'HTTPS_PROXY', 'me:secret@proxy.example:3128', '--setenv', 'ALSO', 'a@b', '--bind', 'a', 'c@d'],
  ];
  expect(kept({ options, command: ['git', 'x@y'] })).toEqual([
    ...['bwrap', '--setenv', 'http_proxy', 'http://proxy.example:3128/'],
    ...['--setenv', 'HTTPS_PROXY', 'proxy.example:3128', '--setenv', 'ALSO', 'a@b', '--bind', 'a', 'c@d'],
    ...['--', 'git', 'x@y'],
  ]);
});

test('a witness has the addresses in a command without names and passwords, also those that the host names', () => {
  const command = ['sh', '-c', "mmdebstrap 'deb http://me:se@cret@mirror.example/debian sid main' a@b https://x/y@z"];
  expect(kept({ options: ['bwrap'], command }).at(-1)).toBe(
    "mmdebstrap 'deb http://mirror.example/debian sid main' a@b https://x/y@z",
  );
});
