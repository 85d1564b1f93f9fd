/** The signs that tell states apart, also without colour. */
export interface Glyphs {
  readonly built: string;
  readonly failed: string;
  readonly running: string;
  readonly waiting: string;
  readonly paused: string;
  readonly skipped: string;
  readonly cancelled: string;
  readonly log: string;
  readonly next: string;
  readonly separator: string;
  readonly barDone: string;
  readonly barLeft: string;
}

const unicode: Glyphs = {
  built: '✓',
  failed: '✗',
  running: '▶',
  waiting: '·',
  paused: '‖',
  skipped: '⊘',
  cancelled: '■',
  log: '│',
  next: '→',
  separator: '·',
  barDone: '━',
  barLeft: '╌',
};

const ascii: Glyphs = {
  built: '+',
  failed: 'x',
  running: '>',
  waiting: '.',
  paused: '=',
  skipped: '-',
  cancelled: '#',
  log: '|',
  next: '->',
  separator: '|',
  barDone: '=',
  barLeft: '-',
};

/** ASCII where the locale is explicitly not UTF-8, and on the Linux console, whose font has none of the signs. */
export function glyphsFor(env: Readonly<Record<string, string | undefined>>): Glyphs {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || 'UTF-8';
  return /utf-?8/i.test(locale) && env['TERM'] !== 'linux' ? unicode : ascii;
}
