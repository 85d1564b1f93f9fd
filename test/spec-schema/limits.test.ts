import { expect, test } from 'vitest';
import { schemaFaults } from '../../spec-schema/schema-faults.ts';
import { SIZE_SCHEMA, sizeBytes } from '../../spec-schema/size.ts';
import { parse, shown, specOf } from './parsing.ts';

test.each([
  ['512M', 512 * 2 ** 20],
  ['1.5G', 1.5 * 2 ** 30],
  ['2TiB', 2 * 2 ** 40],
  ['0.001K', 2],
  ['999999T', Number.MAX_SAFE_INTEGER],
  ['4096', 4096],
  [4096, 4096],
])('%j is %i bytes', (text, bytes) => {
  expect(schemaFaults(SIZE_SCHEMA, text)).toEqual([]);
  expect(sizeBytes(text)).toBe(bytes);
});

test.each([
  '',
  '0',
  '0G',
  '0.0M',
  '4GB',
  '4g',
  '1.5',
  '-1M',
  ' 1M',
  '1M\n',
  'much',
  0,
  -1,
  1.5,
  2 ** 60,
  true,
  null,
  [],
])('%j is no size', (value) => {
  expect(schemaFaults(SIZE_SCHEMA, value)).toHaveLength(1);
});

const limited = (top: string, ofProject: string, ofStep: string) =>
  specOf(
    parse(
      `limits: ${top}\nprojects:\n- project: p\n  limits: ${ofProject}\n  build-steps:\n  - action: empty-workspace\n    limits: ${ofStep}\n  - action: empty-workspace\n`,
    ),
  ).projects[0]?.steps.map(({ limits, timeoutMs }) => ({ limits, timeoutMs }));

test('[A-70] the limits of a step go before those of its project and of the specification, key by key', () => {
  expect(
    limited(
      '{ memory: 1G, processes: 10, timeout: 1h, disk: 1T }',
      '{ processes: 20, open-files: 30, output: 1K, timeout: 1m }',
      '{ open-files: 40, cpu-time: 90s, tmp: 1M, strict: true }',
    ),
  ).toEqual([
    {
      limits: {
        memoryBytes: 2 ** 30,
        processes: 20,
        openFiles: 40,
        cpuTimeMs: 90_000,
        diskBytes: 2 ** 40,
        tmpBytes: 2 ** 20,
        outputBytes: 1024,
        strict: true,
      },
      timeoutMs: 60_000,
    },
    {
      limits: { memoryBytes: 2 ** 30, processes: 20, openFiles: 30, diskBytes: 2 ** 40, outputBytes: 1024 },
      timeoutMs: 60_000,
    },
  ]);
});

test('`strict` alone is strict, a nearer mapping can take it back, and a timeout of its own goes before all', () => {
  expect(limited('strict', '{}', '{ strict: false }')).toEqual([
    { limits: { strict: false } },
    { limits: { strict: true } },
  ]);
  const [step] =
    specOf(
      parse(
        'projects:\n- project: p\n  build-steps:\n  - { action: empty-workspace, timeout: 5s, limits: { timeout: 9s } }\n',
      ),
    ).projects[0]?.steps ?? [];
  expect(step?.timeoutMs).toBe(5000);
});

test('limits that are none are told with their places', () => {
  expect(
    shown(
      parse(
        'limits: lenient\nprojects:\n- project: p\n  limits: { memroy: 4G, tmp: 4GB }\n  build-steps:\n  - action: empty-workspace\n    limits: { processes: 1.5, strict: yes }\n',
      ),
    ),
  ).toMatchInlineSnapshot(`
    "
    build.yaml:1:9: error: \`limits\` must be \`strict\`, or a mapping of limits such as \`{ memory: 4G, processes: 512 }\`
      1 | limits: lenient
        |         ^^^^^^^
    build.yaml:4:13: error: unknown key \`memroy\` of \`limits\`
      4 |   limits: { memroy: 4G, tmp: 4GB }
        |             ^^^^^^ did you mean \`memory\`?
    build.yaml:4:30: error: \`tmp\` of \`limits\` must be a size such as \`512M\`, \`1.5G\` or \`2T\` (K, M, G and T are powers of 1024), or a number of bytes
      4 |   limits: { memroy: 4G, tmp: 4GB }
        |                              ^^^
    build.yaml:7:26: error: \`processes\` of \`limits\` must be a whole number, but is the number 1.5
      7 |     limits: { processes: 1.5, strict: yes }
        |                          ^^^
    build.yaml:7:39: error: \`strict\` of \`limits\` must be \`true\` or \`false\`, but is the text \`yes\`
      7 |     limits: { processes: 1.5, strict: yes }
        |                                       ^^^ write \`true\`
    "
  `);
});
