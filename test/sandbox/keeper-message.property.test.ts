import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keeperLine, parseKeeperLine } from '../../sandbox/keeper-message.ts';

const word = fc.stringMatching(/^[a-z]{1,8}$/);
const value = fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed());

test('a message comes back as it was, and takes one line of plain ASCII', () => {
  fc.assert(
    fc.property(word, fc.array(fc.tuple(word, value)), (verb, fields) => {
      const line = keeperLine({ verb, fields });
      expect(line).toMatch(/^[\x20-\x7e]*\n$/);
      expect(parseKeeperLine(line.slice(0, -1))).toEqual({ verb, fields });
    }),
  );
});

test('bytes come to the keeper as they are', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  const line = keeperLine({ verb: 'run', fields: [['data', bytes]] });
  expect(line).toMatch(/^[\x20-\x7e]*\n$/);
  const perl = 'BEGIN { unshift @INC, shift } use Message; print one(parse_message($ARGV[0]), "data")';
  const modules = join(import.meta.dirname, '../../sandbox/keeper');
  const { stdout } = spawnSync('perl', ['-e', perl, modules, line.trimEnd()]);
  expect(new Uint8Array(stdout)).toEqual(bytes);
});

test.each([[['']], [['', '']], [['a']], [['a,b', '', '100%', 'c d', 'é\n', '']]])(
  'the list %j comes to the keeper as it is, with its length',
  (values) => {
    const line = keeperLine({ verb: 'run', fields: [['x', '1'], ...values.map((each) => ['data', each] as const)] });
    const perl =
      'BEGIN { unshift @INC, shift } use Message; my $m = parse_message($ARGV[0]); my @l = many($m, "data"); print join "", map { "$_\\0" } many($m, "data") + 0, one($m, "data"), @l';
    const modules = join(import.meta.dirname, '../../sandbox/keeper');
    const { stdout, stderr } = spawnSync('perl', ['-e', perl, modules, line.trimEnd()], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(stdout.split('\0').slice(0, -1)).toEqual([String(values.length), values[0], ...values]);
  },
);
