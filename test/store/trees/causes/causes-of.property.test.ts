import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CAUSES } from '../../../../store/trees/causes/cause.ts';
import type { TwoBuilds } from '../../../../store/trees/causes/cause.ts';
import { causesOf } from '../../../../store/trees/causes/causes-of.ts';

const from = Date.UTC(2026, 10, 25, 21, 41, 22);
const builds: TwoBuilds = { from, to: from + 5000, processors: [8, 7] };

/** How programs write a moment. */
const WRITTEN: readonly ((at: Date) => string)[] = [
  (at) => at.toISOString(),
  (at) => at.toISOString().slice(0, 10),
  (at) => at.toISOString().slice(0, 16).replace('T', ' '),
  (at) => at.toUTCString(),
  (at) => at.toString().replace(/ GMT.*/, ''),
  (at) => at.toISOString().replaceAll(/[-:]|\..*/g, ''),
  (at) => at.toISOString().slice(11, 19),
  (at) => at.toLocaleString('en-US', { timeZone: 'UTC' }).replaceAll('\u202f', ' '),
];

// The words around are none of dates: letters that begin no month or day.
const surroundings = fc.stringMatching(/^[xyzq={}"<>;#\n]{0,12}$/);

test('whatever the moments and their surroundings, a written time is told as one', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...WRITTEN.keys()),
      fc.tuple(
        fc.integer({ min: Date.UTC(1990, 0), max: Date.UTC(2037, 0) }),
        fc.integer({ min: Date.UTC(1990, 0), max: Date.UTC(2037, 0) }),
      ),
      fc.tuple(surroundings, surroundings),
      (form, moments, [head, tail]) => {
        const [one, other] = moments.map((at) => `${head} ${WRITTEN[form]?.(new Date(at))} ${tail}`) as [
          string,
          string,
        ];
        fc.pre(one !== other);
        expect(causesOf(Buffer.from(one), Buffer.from(other), builds)).toEqual(['time']);
      },
    ),
  );
});

test('seconds since 1970 within the builds are told as a time, with any fraction', () => {
  const within = fc.integer({ min: from / 1000, max: from / 1000 + 5 });
  const digits = fc.constantFrom('', '123', '123456', '123456789', '.5', '.123456');
  fc.assert(
    fc.property(within, within, digits, (one, other, more) => {
      fc.pre(one !== other);
      const found = causesOf(Buffer.from(`t=${one}${more};`), Buffer.from(`t=${other}${more};`), builds);
      expect(found).toEqual(['time']);
    }),
  );
});

test('lines in any two orders are told as the same lines in another order', () => {
  const lines = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,6}( [a-z]{1,6}){0,2}$/), { minLength: 2, maxLength: 12 });
  fc.assert(
    fc.property(
      lines.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
      ([one, other]) => {
        fc.pre(one.join('\n') !== other.join('\n'));
        const found = causesOf(Buffer.from(`${one.join('\n')}\n`), Buffer.from(`${other.join('\n')}\n`), builds);
        expect(found).toEqual(['line-order']);
      },
    ),
  );
});

/** Bytes that begin as one of the formats, so that their readers are reached. */
const bytes = fc
  .tuple(
    fc.constantFrom(
      '',
      '\x1f\x8b\x08',
      'PK\x03\x04',
      '!<arch>\n',
      '\x7fELF\x02\x01',
      '\x7fELF\x01\x02',
      '\xcb\x0d\x0d\x0a\0\0\0\0',
    ),
    fc.uint8Array({ maxLength: 1500 }),
    fc.constantFrom('', 'PK\x05\x06' + '\0'.repeat(18), 'PK\x01\x02' + '\0'.repeat(64)),
  )
  .map(([head, middle, tail]) =>
    Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(middle), Buffer.from(tail, 'latin1')]),
  );

test('bytes of any kind are compared without an end by error, the same both ways round', () => {
  fc.assert(
    fc.property(bytes, bytes, (one, other) => {
      fc.pre(!one.equals(other));
      const found = causesOf(one, other, builds);
      expect(found.every((cause) => CAUSES.includes(cause))).toBe(true);
      expect(causesOf(other, one, builds)).toEqual(found);
    }),
  );
});

test('what has another word is explained by nothing, whatever else differs', () => {
  fc.assert(
    fc.property(fc.constantFrom(...WRITTEN.keys()), fc.nat(), fc.nat(), (form, one, other) => {
      const text = (word: string, at: number) => Buffer.from(`${word} ${WRITTEN[form]?.(new Date(at * 1000))}`);
      expect(causesOf(text('red', one), text('green', other), builds)).toEqual([]);
    }),
  );
});
