import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { ParseResult } from '../../spec-schema/parse-build-spec.ts';
import { formatProblems, type Problem } from '../../spec-schema/problem.ts';
import { parse, parseObject, problemsOf, specOf } from './parsing.ts';
import { likelyValue, spec } from './specifications.ts';

const valid = `x-common: &common {retries: 2, timeout: 1h}
projects:
- project: tree
  build-steps:
  - action: empty-workspace
  - action: debootstrap
    suite: unstable
    packages: [build-essential, "git"]
    <<: *common
  - {action: create-artifact, artifact-name: tree}
- project: hello
  depends-on:
  - tree
  actions:
  - action: create-systree
    artifact-name: tree
  - action: shell
    environment: {LANG: C.UTF-8}
    shell: |
      echo "hello"
`;

/** Places in `valid`, with what is cut out there and what is put in. */
const edits = fc.array(
  fc.record({
    at: fc.nat({ max: valid.length }),
    cut: fc.nat({ max: 12 }),
    put: fc.oneof(
      fc.string({ unit: 'binary', maxLength: 4 }),
      fc.constantFrom(
        '\n',
        '  ',
        '\t',
        ': ',
        '- ',
        '[',
        '}',
        '"',
        "'",
        '&a ',
        '*a',
        '<<: ',
        '!t ',
        '|',
        '#',
        '---\n',
        '%',
        '\0',
        '\ud800',
        '__proto__',
      ),
    ),
  }),
  { minLength: 1, maxLength: 5 },
);
const mutated = edits.map((edits) =>
  edits.reduce((text, { at, cut, put }) => text.slice(0, at) + put + text.slice(at + cut), valid),
);
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({ unit: fc.constantFrom(...Array.from('a:-[]{}"\'\n &*!|>?%#,\t\r\\<')), maxLength: 60 }),
  mutated,
);

test('no text makes the parser throw, and what is refused has a problem', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const result = parse(text);
      expect(result.type === 'parsed' || result.problems.length > 0).toBe(true);
    }),
  );
});

test('every problem stands within the text, in the order of the text, and prints safely', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const problems = problemsOf(parse(text));
      const lines = text
        .replace(/^\uFEFF/, '')
        .split('\n')
        .map((line) => line.replace(/\r$/, ''));
      for (const { line, column } of problems) {
        expect(line).toBeGreaterThanOrEqual(1);
        expect(line).toBeLessThanOrEqual(lines.length);
        expect(column).toBeGreaterThanOrEqual(1);
        expect(column).toBeLessThanOrEqual(Array.from(lines[line - 1] ?? '').length + 1);
      }
      const before = (a: Problem, b: Problem): boolean =>
        a.line < b.line || (a.line === b.line && a.column <= b.column);
      expect(problems.every((problem, index) => index === 0 || before(problems[index - 1] ?? problem, problem))).toBe(
        true,
      );
      expect(formatProblems(problems)).not.toMatch(/[^\n\P{Cc}]/u);
    }),
  );
});

test('what is read twice is the same, byte for byte', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      expect(JSON.stringify(parse(text))).toBe(JSON.stringify(parse(text)));
    }),
  );
});

test('a valid specification is read as what it was written from, as an object and as YAML of any style', () => {
  fc.assert(
    fc.property(
      spec,
      fc.boolean(),
      fc.constantFrom('PLAIN', 'QUOTE_SINGLE', 'QUOTE_DOUBLE', 'BLOCK_FOLDED'),
      (written, flow, style) => {
        const text = stringify(written.document, {
          collectionStyle: flow ? 'flow' : 'block',
          defaultStringType: style,
          defaultKeyType: 'PLAIN',
          singleQuote: null,
        });
        expect(specOf(parse(text))).toEqual(written.spec);
        expect(specOf(parseObject(written.document))).toEqual(written.spec);
      },
    ),
  );
});

test('an object with a fault has the same problems as its YAML', () => {
  // Lines are those of the one text or the other, and so is the order of what stands in one place.
  const told = (result: ParseResult): string[] =>
    problemsOf(result)
      .map(({ code, message }) => `${code} ${message.replace(/ in line \d+|; line \d+/g, '')}`)
      .toSorted();
  fc.assert(
    fc.property(likelyValue, (value) => {
      expect(told(parseObject(value))).toEqual(told(parse(stringify(value, { aliasDuplicateObjects: false }))));
    }),
  );
});

test('a cycle is always found, wherever it is and however it is tied', () => {
  const ring = fc.record({
    size: fc.integer({ min: 1, max: 6 }),
    others: fc.nat({ max: 3 }),
    ties: fc.array(fc.constantFrom('name', 'artifact'), { minLength: 6, maxLength: 6 }),
  });
  fc.assert(
    fc.property(ring, ({ size, others, ties }) => {
      const project = (index: number): object => {
        const next = (index + 1) % size;
        const inRing = index < size;
        const isNamed = size === 1 || ties[index] === 'name';
        return {
          project: `p${index}`,
          'depends-on': inRing && isNamed ? [`p${next}`] : [],
          actions: [
            ...(inRing && !isNamed ? [{ action: 'unpack-artifact', 'artifact-name': `of-${next}` }] : []),
            { action: 'create-artifact', 'artifact-name': `of-${index}` },
          ],
        };
      };
      const projects = Array.from({ length: size + others }, (_, index) => project(index));
      const problems = problemsOf(parseObject({ projects }));
      expect(problems.map(({ code }) => code)).toEqual(['DEPENDENCY_CYCLE']);
      for (let index = 0; index < size; index++) expect(problems[0]?.message).toContain(`p${index} → `);
    }),
  );
});
