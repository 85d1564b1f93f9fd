import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findInLog } from '../../../inspector/log/find-in-log.ts';
import { LogIndex } from '../../../inspector/log/log-index.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'contractor-log-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

const linesOf = (text: string): string[] => {
  const lines = text.split('\n');
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
};
const piece = fc
  .array(fc.constantFrom('a', 'Needle', '\n', '\n', 'é', '\u001b[31m', ' '), { maxLength: 60 })
  .map((all) => all.join(''));

test('any stretch of a log that grows is what a split of the whole gives', async () => {
  const file = join(directory, 'grows');
  await fc.assert(
    fc.asyncProperty(
      fc.array(piece, { maxLength: 4 }),
      fc.nat(2000),
      fc.integer({ min: 1, max: 40 }),
      async (pieces, from, count) => {
        writeFileSync(file, 'x\n'.repeat(1500));
        const index = new LogIndex(file);
        let text = 'x\n'.repeat(1500);
        for (const each of ['', ...pieces]) {
          appendFileSync(file, each);
          text += each;
          const all = linesOf(text);
          const found = await index.lines(from, count);
          expect(found.total).toBe(all.length);
          expect(found.lines.map((line) => line.text)).toEqual(all.slice(from, from + count));
          expect((await index.lines(-3, 3)).lines.map((line) => line.text)).toEqual(all.slice(-3));
        }
      },
    ),
  );
});

test('what is found are the lines that hold it, in any case, colours left out', async () => {
  const file = join(directory, 'found');
  await fc.assert(
    fc.asyncProperty(piece, fc.integer({ min: 1, max: 5 }), async (text, most) => {
      writeFileSync(file, text);
      const expected = linesOf(text).flatMap((line, number) =>
        line.replaceAll('\u001b[31m', '').toLowerCase().includes('needle') ? [number] : [],
      );
      expect(await findInLog(file, 'NEEDLE')).toEqual({ lines: expected });
      const found: number[] = [];
      for (let place: { line: number; offset: number } | undefined = { line: 0, offset: 0 }; place !== undefined;) {
        const part: Awaited<ReturnType<typeof findInLog>> = await findInLog(file, 'needle', { place, most });
        found.push(...part.lines);
        place = part.next;
      }
      expect(found).toEqual(expected);
    }),
  );
});

test('a line of megabytes is cut, and the next one is whole', async () => {
  const file = join(directory, 'long');
  writeFileSync(file, `${'y'.repeat(3 << 20)}needle\nnext`);
  const { total, lines } = await new LogIndex(file).lines(0, 10);
  expect(total).toBe(2);
  expect(lines[0]?.text).toHaveLength(16 * 1024);
  expect(lines[0]?.cutBytes).toBe((3 << 20) + 6 - 16 * 1024);
  expect(lines[1]).toEqual({ text: 'next' });
  expect(await findInLog(file, 'needle')).toEqual({ lines: [0] });
});

test('a log that is not there yet is empty', async () => {
  expect(await new LogIndex(join(directory, 'none')).lines(0, 10)).toEqual({
    total: 0,
    sizeBytes: 0,
    from: 0,
    lines: [],
  });
  expect(await findInLog(join(directory, 'none'), 'x')).toEqual({ lines: [] });
});
