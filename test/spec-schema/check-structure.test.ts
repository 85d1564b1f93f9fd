import { expect, test } from 'vitest';
import { parse, shown, withSteps } from './parsing.ts';

test('a parameter that is a slip of the keyboard is one problem, not also a missing parameter', () => {
  expect(shown(parse(withSteps('action: debootstrap\nsute: unstable')))).toMatchInlineSnapshot(`
    "
    build.yaml:5:5: error: unknown step parameter \`sute\`
      5 |     sute: unstable
        |     ^^^^ did you mean \`suite\`?
    "
  `);
});

test('a parameter that is like no other is shown with what the action takes', () => {
  expect(shown(parse(withSteps('action: debootstrap\nsuite: unstable\ncolour: blue')))).toMatchInlineSnapshot(`
    "
    build.yaml:6:5: error: unknown step parameter \`colour\`
      6 |     colour: blue
        |     ^^^^^^ \`debootstrap\` takes \`suite\`, \`packages\`, \`mirror\`, \`variant\`
    "
  `);
  expect(shown(parse(withSteps('action: empty-workspace\nsize: 3')))).toMatchInlineSnapshot(`
    "
    build.yaml:5:5: error: unknown step parameter \`size\`
      5 |     size: 3
        |     ^^^^ \`empty-workspace\` takes no parameters
    "
  `);
});

test('a parameter of another action is unknown to this one', () => {
  expect(shown(parse(withSteps('action: empty-workspace\nsuite: unstable')))).toMatchInlineSnapshot(`
    "
    build.yaml:5:5: error: unknown step parameter \`suite\`
      5 |     suite: unstable
        |     ^^^^^ \`empty-workspace\` takes no parameters
    "
  `);
});

test('an unknown key of a project and of the document', () => {
  expect(
    shown(parse('project:\n- a\nprojects:\n- project: p\n  build-step:\n  - action: empty-workspace\n  owner: me\n')),
  ).toMatchInlineSnapshot(`
    "
    build.yaml:1:1: error: unknown key \`project\`
      1 | project:
        | ^^^^^^^
    build.yaml:5:3: error: unknown project key \`build-step\`
      5 |   build-step:
        |   ^^^^^^^^^^ did you mean \`build-steps\`?
    build.yaml:7:3: error: unknown project key \`owner\`
      7 |   owner: me
        |   ^^^^^
    "
  `);
});

test('a missing parameter, action, name and list of steps', () => {
  expect(shown(parse('projects:\n- build-steps:\n  - action: debootstrap\n  - name: x\n  - {}\n- project: q\n- {}\n')))
    .toMatchInlineSnapshot(`
    "
    build.yaml:2:3: error: the project has no name: the key \`project\` is missing
      2 | - build-steps:
        |   ^
    build.yaml:3:13: error: the action \`debootstrap\` needs the parameter \`suite\`
      3 |   - action: debootstrap
        |             ^^^^^^^^^^^
    build.yaml:4:5: error: the step has no \`action\`
      4 |   - name: x
        |     ^
    build.yaml:5:5: error: the step has no \`action\`
      5 |   - {}
        |     ^
    build.yaml:6:12: error: the project has no steps: the key \`build-steps\` is missing
      6 | - project: q
        |            ^
    build.yaml:7:3: error: the project has no name: the key \`project\` is missing
      7 | - {}
        |   ^
    build.yaml:7:3: error: the project has no steps: the key \`build-steps\` is missing
      7 | - {}
        |   ^
    "
  `);
  expect(shown(parse('x-old: 1\n'))).toMatchInlineSnapshot(`
    "
    build.yaml:1:1: error: the specification has no \`projects\`
      1 | x-old: 1
        | ^
    "
  `);
});

test('a misspelt `action` is one problem', () => {
  expect(shown(parse(withSteps('actoin: shell\nshell: "true"')))).toMatchInlineSnapshot(`
    "
    build.yaml:4:5: error: unknown step parameter \`actoin\`
      4 |   - actoin: shell
        |     ^^^^^^ did you mean \`action\`?
    "
  `);
});

test('both lists of steps', () => {
  expect(
    shown(parse('projects:\n- project: p\n  actions:\n  - action: empty-workspace\n  build-steps:\n  - action: gti\n')),
  ).toMatchInlineSnapshot(`
    "
    build.yaml:5:3: error: \`build-steps\` and \`actions\` mean the same; a project has one of them
      5 |   build-steps:
        |   ^^^^^^^^^^^
    build.yaml:6:13: error: unknown action \`gti\`
      6 |   - action: gti
        |             ^^^ did you mean \`git\`?
    "
  `);
});

test('an unknown action, near to one and far from all', () => {
  expect(shown(parse(withSteps('action: debotstrap\nsuite: unstable', 'action: compile\nretries: many'))))
    .toMatchInlineSnapshot(`
    "
    build.yaml:4:13: error: unknown action \`debotstrap\`
      4 |   - action: debotstrap
        |             ^^^^^^^^^^ did you mean \`debootstrap\`?
    build.yaml:6:13: error: unknown action \`compile\`
      6 |   - action: compile
        |             ^^^^^^^ there are \`empty-workspace\`, \`debootstrap\`, \`git\`, \`create-artifact\`, \`unpack-artifact\`, \`create-systree\`, \`shell\`
    build.yaml:7:14: error: \`retries\` must be a whole number, but is the text \`many\`
      7 |     retries: many
        |              ^^^^
    "
  `);
});

test('a value of the wrong type, with what to write instead', () => {
  expect(
    shown(
      parse(
        withSteps(
          'action: debootstrap\nsuite: 13\npackages: build-essential',
          'action: git\nurl: 1.10\ndepth: all\nsubmodules: yes',
          'action: git\nurl: [a]\ndepth: 1.5\nsubmodules:\ndirectory: {}',
          'action: 5',
          'action:',
          'shell',
          'hello',
        ),
      ),
    ),
  ).toMatchInlineSnapshot(`
    "
    build.yaml:5:12: error: \`suite\` must be a text, but is the number 13
      5 |     suite: 13
        |            ^^ put it in quotes: \`"13"\`
    build.yaml:6:15: error: \`packages\` must be a list, but is the text \`build-essential\`
      6 |     packages: build-essential
        |               ^^^^^^^^^^^^^^^ write a list: \`[build-essential]\`
    build.yaml:8:10: error: \`url\` must be a text, but is the number 1.1
      8 |     url: 1.10
        |          ^^^^ put it in quotes: \`"1.10"\`
    build.yaml:9:12: error: \`depth\` must be a whole number, but is the text \`all\`
      9 |     depth: all
        |            ^^^
    build.yaml:10:17: error: \`submodules\` must be \`true\` or \`false\`, but is the text \`yes\`
      10 |     submodules: yes
         |                 ^^^ write \`true\`
    build.yaml:12:10: error: \`url\` must be a text, but is a list
      12 |     url: [a]
         |          ^^^
    build.yaml:13:12: error: \`depth\` must be a whole number, but is the number 1.5
      13 |     depth: 1.5
         |            ^^^
    build.yaml:14:5: error: \`submodules\` has no value
      14 |     submodules:
         |     ^^^^^^^^^^
    build.yaml:15:16: error: \`directory\` must be a text, but is a mapping
      15 |     directory: {}
         |                ^^
    build.yaml:16:13: error: \`action\` must be a text, but is the number 5
      16 |   - action: 5
         |             ^ put it in quotes: \`"5"\`
    build.yaml:17:5: error: \`action\` has no value
      17 |   - action:
         |     ^^^^^^
    build.yaml:18:5: error: a step must be a mapping, but is the text \`shell\`
      18 |   - shell
         |     ^^^^^ write \`action: shell\`
    build.yaml:19:5: error: a step must be a mapping, but is the text \`hello\`
      19 |   - hello
         |     ^^^^^
    "
  `);
});

test('a document or project that is no mapping', () => {
  expect(shown(parse(''))).toMatchInlineSnapshot(`
    "
    build.yaml:1:1: error: the specification is empty
      1 |
        | ^ begin it with \`projects:\`
    "
  `);
  expect(shown(parse('# nothing\n'))).toMatchInlineSnapshot(`
    "
    build.yaml:1:1: error: the specification is empty
      1 | # nothing
        | ^ begin it with \`projects:\`
    "
  `);
  expect(shown(parse('- project: p\n'))).toMatchInlineSnapshot(`
    "
    build.yaml:1:1: error: the specification must be a mapping, but is a list
      1 | - project: p
        | ^^^^^^^^^^^^ begin it with \`projects:\`
    "
  `);
  expect(shown(parse('projects:\n  hello:\n    actions: []\n'))).toMatchInlineSnapshot(`
    "
    build.yaml:2:3: error: \`projects\` must be a list, but is a mapping
      2 |   hello:
        |   ^^^^^^
    "
  `);
  expect(shown(parse('projects:\n- hello\n-\n'))).toMatchInlineSnapshot(`
    "
    build.yaml:2:3: error: a project must be a mapping, but is the text \`hello\`
      2 | - hello
        |   ^^^^^
    build.yaml:3:2: error: a project must be a mapping, but is nothing
      3 | -
        |  ^
    "
  `);
});

test('empty lists', () => {
  expect(shown(parse('projects: []\n'))).toMatchInlineSnapshot(`
    "
    build.yaml:1:11: error: \`projects\` is empty
      1 | projects: []
        |           ^^
    "
  `);
  expect(shown(parse('projects:\n- project: p\n  actions: []\n'))).toMatchInlineSnapshot(`
    "
    build.yaml:3:12: error: \`actions\` is empty
      3 |   actions: []
        |            ^^
    "
  `);
});

test('a value that the schema of its key does not admit', () => {
  expect(
    shown(
      parse(
        withSteps(
          'action: debootstrap\nsuite: sid\nvariant: minbas\nmirror: ftp://x\npackages: [gcc, gcc, Make]',
          'action: git\nurl: x\ndepth: 0\ndirectory: ../up\nretries: 101\ntimeout: 0s',
          'action: git\nurl: "two\\nlines"\ntimeout: -1\nname: ""',
          'action: create-systree\nartifact-name: --help',
          'action: shell\nshell: "true"\nenvironment: {CC: gcc, "1": x, N: 1}',
        ),
        ['--help'],
      ),
    ),
  ).toMatchInlineSnapshot(`
    "
    build.yaml:6:14: error: \`variant\` must be \`minbase\`, \`buildd\` or \`standard\`
      6 |     variant: minbas
        |              ^^^^^^ did you mean \`minbase\`?
    build.yaml:7:13: error: \`mirror\` must be a URL that begins with \`http://\` or \`https://\`
      7 |     mirror: ftp://x
        |             ^^^^^^^
    build.yaml:8:15: error: \`packages\` has the same item twice: \`gcc\`
      8 |     packages: [gcc, gcc, Make]
        |               ^^^^^^^^^^^^^^^^
    build.yaml:8:26: error: item 3 of \`packages\` must be a package name
      8 |     packages: [gcc, gcc, Make]
        |                          ^^^^
    build.yaml:11:12: error: \`depth\` must be at least 1
      11 |     depth: 0
         |            ^
    build.yaml:12:16: error: \`directory\` must be a relative path: not empty, without \`..\`, not beginning with \`/\` or \`-\`, without control characters
      12 |     directory: ../up
         |                ^^^^^
    build.yaml:13:14: error: \`retries\` must be at most 100
      13 |     retries: 101
         |              ^^^
    build.yaml:14:14: error: \`timeout\` must be a time such as \`90s\`, \`10m\` or \`1h30m\`, and longer than nothing
      14 |     timeout: 0s
         |              ^^
    build.yaml:16:10: error: \`url\` must be one line of text, without control characters
      16 |     url: "two\\nlines"
         |          ^^^^^^^^^^^^
    build.yaml:17:14: error: \`timeout\` must be more than 0
      17 |     timeout: -1
         |              ^^
    build.yaml:18:11: error: \`name\` must be one line of 1 to 100 printable characters
      18 |     name: ""
         |           ^^
    build.yaml:20:20: error: \`artifact-name\` must be a name: a letter or digit, then at most 99 more letters, digits, dots, underscores, pluses or hyphens
      20 |     artifact-name: --help
         |                    ^^^^^^
    build.yaml:23:28: error: the key \`1\` must be the name of a variable
      23 |     environment: {CC: gcc, "1": x, N: 1}
         |                            ^^^
    build.yaml:23:39: error: \`N\` of \`environment\` must be a text, but is the number 1
      23 |     environment: {CC: gcc, "1": x, N: 1}
         |                                       ^ put it in quotes: \`"1"\`
    "
  `);
});

test('the same item twice', () => {
  expect(shown(parse(withSteps('action: debootstrap\nsuite: sid\npackages: [gcc, make, gcc]')))).toMatchInlineSnapshot(`
    "
    build.yaml:6:15: error: \`packages\` has the same item twice: \`gcc\`
      6 |     packages: [gcc, make, gcc]
        |               ^^^^^^^^^^^^^^^^
    "
  `);
});

test('what is written over several lines is not repeated as a suggestion', () => {
  expect(shown(parse(withSteps('action: debootstrap\nsuite: sid\npackages: gcc\n  make')))).toMatchInlineSnapshot(`
    "
    build.yaml:6:15: error: \`packages\` must be a list, but is the text \`gcc make\`
      6 |     packages: gcc
        |               ^^^
    "
  `);
});
