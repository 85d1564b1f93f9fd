import { expect, test } from 'vitest';
import { glyphsFor } from '../../../cli/text/glyphs.ts';
import { paintFor } from '../../../cli/text/paint.ts';
import { capture } from '../rig/screen.ts';

const terminal = capture({ columns: 80, rows: 24 }).output;
const pipe = capture().output;

test.each([
  ['a terminal', terminal, {}, true],
  ['a pipe', pipe, {}, false],
  ['NO_COLOR', terminal, { NO_COLOR: '1' }, false],
  ['an empty NO_COLOR', terminal, { NO_COLOR: '' }, true],
  ['a terminal that can nothing', terminal, { TERM: 'dumb' }, false],
  ['FORCE_COLOR in a pipe', pipe, { FORCE_COLOR: '1' }, true],
  ['FORCE_COLOR over NO_COLOR', pipe, { FORCE_COLOR: '1', NO_COLOR: '1' }, true],
  ['FORCE_COLOR=0', terminal, { FORCE_COLOR: '0' }, false],
])('colours for %s', (_name, output, env, wanted) => {
  expect(paintFor(output, env)('bad', 'x')).toBe(wanted ? '\x1b[31mx\x1b[39m' : 'x');
});

test.each([
  [{}, '✓'],
  [{ LANG: 'de_DE.UTF-8' }, '✓'],
  [{ LANG: 'C.utf8', LC_ALL: '' }, '✓'],
  [{ LANG: 'C' }, '+'],
  [{ LANG: 'en_US.UTF-8', LC_ALL: 'POSIX' }, '+'],
  [{ LANG: 'en_US.UTF-8', TERM: 'linux' }, '+'],
])('signs for %j', (env, built) => {
  expect(glyphsFor(env).built).toBe(built);
});
