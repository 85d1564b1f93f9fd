import { expect, test } from 'vitest';
import { parse, shown, withSteps } from './parsing.ts';

const chain = (name: string, rest: string): string =>
  `- project: ${name}\n  actions: [action: empty-workspace]\n${rest}`;

test('two projects of one name', () => {
  expect(shown(parse(`projects:\n${chain('a', '')}${chain('b', '')}${chain('a', '')}`))).toMatchInlineSnapshot(`
    "
    build.yaml:6:12: error: there is already a project \`a\`, in line 2
      6 | - project: a
        |            ^
    "
  `);
});

test('a dependency on a project that is not there', () => {
  expect(shown(parse(`projects:\n${chain('library', '')}${chain('b', '  depends-on: [libary, other]\n')}`)))
    .toMatchInlineSnapshot(`
    "
    build.yaml:6:16: error: there is no project \`libary\`
      6 |   depends-on: [libary, other]
        |                ^^^^^^ did you mean \`library\`?
    build.yaml:6:24: error: there is no project \`other\`
      6 |   depends-on: [libary, other]
        |                        ^^^^^
    "
  `);
});

test('an artifact that nobody makes', () => {
  expect(
    shown(
      parse(
        withSteps(
          'action: create-artifact\nartifact-name: tools',
          'action: unpack-artifact\nartifact-name: tool',
          'action: unpack-artifact\nartifact-name: debain',
          'action: unpack-artifact\nartifact-name: elsewhere',
        ),
        ['debian'],
      ),
    ),
  ).toMatchInlineSnapshot(`
    "
    build.yaml:7:20: error: no project makes the artifact \`tool\`, and the store does not hold it
      7 |     artifact-name: tool
        |                    ^^^^ did you mean \`tools\`?
    build.yaml:9:20: error: no project makes the artifact \`debain\`, and the store does not hold it
      9 |     artifact-name: debain
        |                    ^^^^^^ did you mean \`debian\`?
    build.yaml:11:20: error: no project makes the artifact \`elsewhere\`, and the store does not hold it
      11 |     artifact-name: elsewhere
         |                    ^^^^^^^^^
    "
  `);
});

test('an artifact that two steps make', () => {
  const make = '  actions:\n  - action: create-artifact\n    artifact-name: x\n';
  expect(
    shown(
      parse(`projects:\n- project: a\n${make}- project: b\n${make}  - action: create-artifact\n    artifact-name: x\n`),
    ),
  ).toMatchInlineSnapshot(`
    "
    build.yaml:9:20: error: the artifact \`x\` is already made by project \`a\`, in line 5
      9 |     artifact-name: x
        |                    ^
    build.yaml:11:20: error: the artifact \`x\` is already made by project \`a\`, in line 5
      11 |     artifact-name: x
         |                    ^
    "
  `);
});

test('an artifact that is used before its own project makes it', () => {
  expect(
    shown(
      parse(withSteps('action: unpack-artifact\nartifact-name: x', 'action: create-artifact\nartifact-name: x'), ['x']),
    ),
  ).toMatchInlineSnapshot(`
    "
    build.yaml:5:20: error: the artifact \`x\` is made only later in this project, in line 7
      5 |     artifact-name: x
        |                    ^
    "
  `);
});

test('a container that no earlier step makes', () => {
  expect(
    shown(
      parse(
        withSteps(
          'action: shell\nshell: "true"',
          'action: create-systree\nartifact-name: debian\ncontainer-name: build',
          'action: shell\nshell: "true"\ncontainer-name: biuld',
          'action: create-systree\nartifact-name: debian',
          'action: create-systree\nartifact-name: debian\ncontainer-name: build',
        ),
        ['debian'],
      ),
    ),
  ).toMatchInlineSnapshot(`
    "
    build.yaml:4:13: error: no step before this one makes the container \`default\`; line 12 does, which is too late
      4 |   - action: shell
        |             ^^^^^
    build.yaml:11:21: error: no step before this one makes the container \`biuld\`
      11 |     container-name: biuld
         |                     ^^^^^ did you mean \`build\`?
    build.yaml:16:21: error: this project already has a container \`build\`, made in line 8
      16 |     container-name: build
         |                     ^^^^^
    "
  `);
});

test('projects that wait for each other, by name and through artifacts', () => {
  expect(
    shown(
      parse(`projects:
- project: a
  actions:
  - action: unpack-artifact
    artifact-name: of-b
- project: b
  depends-on: [c]
  actions:
  - action: create-artifact
    artifact-name: of-b
- project: c
  depends-on: [a]
  actions:
  - action: empty-workspace
- project: alone
  depends-on: [alone]
  actions:
  - action: empty-workspace
`),
    ),
  ).toMatchInlineSnapshot(`
    "
    build.yaml:5:20: error: projects wait for each other, a → b → c → a: \`a\` uses the artifact \`of-b\`, which \`b\` makes; \`b\` names \`c\` in \`depends-on\`; \`c\` names \`a\` in \`depends-on\`
      5 |     artifact-name: of-b
        |                    ^^^^
    build.yaml:16:16: error: a project waits for itself, alone → alone: \`alone\` names \`alone\` in \`depends-on\`
      16 |   depends-on: [alone]
         |                ^^^^^
    "
  `);
});

test('nothing is called missing that an unreadable step may make', () => {
  expect(
    shown(
      parse(
        withSteps(
          'action: create-artefact\nartifact-name: x',
          'action: create-systee\nartifact-name: x',
          'action: unpack-artifact\nartifact-name: x',
          'action: shell\nshell: "true"',
        ),
      ),
    ),
  ).toMatchInlineSnapshot(`
    "
    build.yaml:4:13: error: unknown action \`create-artefact\`
      4 |   - action: create-artefact
        |             ^^^^^^^^^^^^^^^ did you mean \`create-artifact\`?
    build.yaml:6:13: error: unknown action \`create-systee\`
      6 |   - action: create-systee
        |             ^^^^^^^^^^^^^ did you mean \`create-systree\`?
    "
  `);
});

test('a project that is needed twice over is needed for the first reason', () => {
  expect(
    shown(
      parse(
        `projects:
- project: a
  depends-on: [b]
  actions:
  - {action: unpack-artifact, artifact-name: x}
- project: b
  depends-on: [a]
  actions:
  - {action: create-artifact, artifact-name: x}
`,
      ),
    ),
  ).toMatchInlineSnapshot(`
    "
    build.yaml:3:16: error: projects wait for each other, a → b → a: \`a\` names \`b\` in \`depends-on\`; \`b\` names \`a\` in \`depends-on\`
      3 |   depends-on: [b]
        |                ^
    "
  `);
});

test('not even the path of a cycle can steer the terminal', () => {
  expect(
    shown(parse('projects:\n- project: "a\\e[2J"\n  depends-on: ["a\\e[2J"]\n  actions: [action: empty-workspace]\n')),
  ).toMatchInlineSnapshot(`
    "
    build.yaml:2:12: error: the text contains the control character U+001B
      2 | - project: "a\\e[2J"
        |            ^^^^^^^^
    build.yaml:3:16: error: the text contains the control character U+001B
      3 |   depends-on: ["a\\e[2J"]
        |                ^^^^^^^^
    "
  `);
  expect(
    shown(
      parse(
        'projects:\n- project: "a\\u202e"\n  depends-on: [&b b]\n  actions: [action: empty-workspace]\n- project: *b\n  depends-on: ["a\\u202e"]\n  actions: [action: empty-workspace]\n',
      ),
    ),
  ).not.toContain('\u202e');
});
