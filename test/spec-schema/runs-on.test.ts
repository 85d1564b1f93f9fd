import { expect, test } from 'vitest';
import { parse, shown, specOf } from './parsing.ts';

const withRunsOn = (runsOn: string) =>
  parse(`projects:\n- project: p\n  runs-on: ${runsOn}\n  build-steps:\n  - action: empty-workspace\n`);

test.each([
  ['gpu', { labels: ['gpu'] }],
  ['[gpu, zone=eu/west-1]', { labels: ['gpu', 'zone=eu/west-1'] }],
  ['{ labels: [host=builder-1] }', { labels: ['host=builder-1'] }],
  ['{ architecture: arm64 }', { architecture: 'arm64' }],
  [
    '{ memory: 4GiB, architecture: amd64, labels: [a] }',
    { labels: ['a'], architecture: 'amd64', memoryBytes: 2 ** 32 },
  ],
  ['{ memory: 1024 }', { memoryBytes: 1024 }],
  ['{}', undefined],
])('[A-246] `runs-on: %s`', (text, runsOn) => {
  expect(specOf(withRunsOn(text)).projects[0]?.runsOn).toEqual(runsOn);
});

test('[A-246] what cannot be, with its place and what was meant', () => {
  expect(shown(withRunsOn('{ architectur: arm64, memory: 8GB, labels: [] }'))).toMatchInlineSnapshot(`
    "
    build.yaml:3:14: error: unknown key \`architectur\` of \`runs-on\`
      3 |   runs-on: { architectur: arm64, memory: 8GB, labels: [] }
        |              ^^^^^^^^^^^ did you mean \`architecture\`?
    build.yaml:3:42: error: \`memory\` of \`runs-on\` must be a size such as \`512M\`, \`1.5G\` or \`2T\` (K, M, G and T are powers of 1024), or a number of bytes
      3 |   runs-on: { architectur: arm64, memory: 8GB, labels: [] }
        |                                          ^^^
    build.yaml:3:55: error: \`labels\` of \`runs-on\` is empty
      3 |   runs-on: { architectur: arm64, memory: 8GB, labels: [] }
        |                                                       ^^
    "
  `);
  expect(shown(withRunsOn('{ architecture: amd46 }'))).toMatchInlineSnapshot(`
    "
    build.yaml:3:28: error: \`architecture\` of \`runs-on\` must be \`amd64\` or \`arm64\`
      3 |   runs-on: { architecture: amd46 }
        |                            ^^^^^ did you mean \`amd64\`?
    "
  `);
  expect(shown(withRunsOn('[ok, gpu=, ok2]'))).toMatchInlineSnapshot(`
    "
    build.yaml:3:17: error: item 2 of \`runs-on\` must be a label, such as \`gpu\` or \`zone=eu\`; the architecture and the memory have keys of their own: \`{ architecture: arm64, memory: 8G }\`
      3 |   runs-on: [ok, gpu=, ok2]
        |                 ^^^^
    "
  `);
  expect(shown(withRunsOn('[]'))).toMatchInlineSnapshot(`
    "
    build.yaml:3:12: error: \`runs-on\` is empty
      3 |   runs-on: []
        |            ^^
    "
  `);
  expect(shown(withRunsOn('64'))).toMatchInlineSnapshot(`
    "
    build.yaml:3:12: error: \`runs-on\` must be a text, a list or a mapping, but is the number 64
      3 |   runs-on: 64
        |            ^^ put it in quotes: \`"64"\`
    "
  `);
});

test.each([
  'arm64',
  'x86_64',
  'arch=arm64',
  'architecture',
  'memory=8G',
  '[gpu, amd64]',
  '"-x"',
  '"a b"',
  '"a=b=c"',
  '"=b"',
])('[A-246] `runs-on: %s` is no label that a worker could ever have', (text) => {
  expect(shown(withRunsOn(text))).toContain(
    'must be a label, such as `gpu` or `zone=eu`; the architecture and the memory',
  );
});

test('[A-246] the key itself, misspelt', () => {
  const text = 'projects:\n- project: p\n  run-on: gpu\n  build-steps:\n  - action: empty-workspace\n';
  expect(shown(parse(text))).toContain('did you mean `runs-on`?');
});
