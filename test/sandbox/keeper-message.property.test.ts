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
