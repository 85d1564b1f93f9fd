import { expect, test } from 'vitest';
import { shownArgv } from '../../supervisor/shown-argv.ts';

test('a receipt has the proxies of the user without names and passwords, and all else as it was', () => {
  const argv = [
    ...['bwrap', '--setenv', 'http_proxy', 'http://me:secret@proxy.example:3128/'],
    ...['--setenv', 'HTTPS_PROXY', 'me:secret@proxy.example:3128', '--setenv', 'ALSO', 'a@b', '--', 'git', 'x@y'],
  ];
  expect(shownArgv(argv)).toEqual([
    ...['bwrap', '--setenv', 'http_proxy', 'http://proxy.example:3128/'],
    ...['--setenv', 'HTTPS_PROXY', 'proxy.example:3128', '--setenv', 'ALSO', 'a@b', '--', 'git', 'x@y'],
  ]);
});
