import { expect, test } from 'vitest';
import { parseBuildSpec } from '../../spec-schema/parse-build-spec.ts';
import { declarations } from './declarations.ts';
import { parse, parseObject, specOf, withSteps } from './parsing.ts';

const seed = `projects:
- project: build-unstable-systree
  build-steps:
  - action: empty-workspace
  - action: debootstrap
    suite: unstable
    packages:
    - build-essential
  - action: create-artifact
    artifact-name: unstable-systree

- project: hello
  actions:
  - action: create-systree
    artifact-name: unstable-systree
    container-name: default
  - action: empty-workspace
  - action: shell
    container-name: default
    shell: |
      echo hello, world, from security container
`;

const stepsOf = (...steps: readonly string[]): unknown =>
  specOf(parse(withSteps(...steps), ['debian'])).projects[0]?.steps;

test('the specification of the design note', () => {
  expect(specOf(parse(seed))).toEqual({
    projects: [
      {
        name: 'build-unstable-systree',
        dependsOn: [],
        steps: [
          {
            id: '1-empty-workspace',
            title: 'empty-workspace',
            action: 'empty-workspace',
            parameters: {},
            continueOnFailure: false,
          },
          {
            id: '2-debootstrap',
            title: 'debootstrap unstable',
            action: 'debootstrap',
            parameters: { suite: 'unstable', packages: ['build-essential'], variant: 'minbase' },
            continueOnFailure: false,
          },
          {
            id: '3-create-artifact',
            title: 'create-artifact unstable-systree',
            action: 'create-artifact',
            parameters: { 'artifact-name': 'unstable-systree' },
            continueOnFailure: false,
          },
        ],
      },
      {
        name: 'hello',
        dependsOn: ['build-unstable-systree'],
        steps: [
          {
            id: '1-create-systree',
            title: 'create-systree unstable-systree',
            action: 'create-systree',
            parameters: { 'artifact-name': 'unstable-systree', 'container-name': 'default' },
            continueOnFailure: false,
          },
          {
            id: '2-empty-workspace',
            title: 'empty-workspace',
            action: 'empty-workspace',
            parameters: {},
            continueOnFailure: false,
          },
          {
            id: '3-shell',
            title: 'shell',
            action: 'shell',
            parameters: { 'container-name': 'default', shell: 'echo hello, world, from security container\n' },
            continueOnFailure: false,
          },
        ],
      },
    ],
  });
});

test('the common keys of a step are taken out of its parameters', () => {
  expect(
    stepsOf('action: empty-workspace\nname: begin anew\ntimeout: 1h30m\nretries: 2\ncontinue-on-failure: true'),
  ).toEqual([
    {
      id: '1-empty-workspace',
      title: 'begin anew',
      action: 'empty-workspace',
      parameters: {},
      timeoutMs: 5_400_000,
      retries: 2,
      continueOnFailure: true,
    },
  ]);
});

test('the order of the keys in the text makes no difference to a single byte', () => {
  const one = specOf(parse(withSteps('action: debootstrap\nsuite: sid\nmirror: http://m\npackages: [a]')));
  const other = specOf(parse(withSteps('packages: [a]\nmirror: http://m\nsuite: sid\naction: debootstrap')));
  expect(JSON.stringify(other)).toBe(JSON.stringify(one));
});

test('a title shows one short line of the parameter that tells the step apart', () => {
  const titled = declarations.map((action) =>
    action.name === 'shell' ? { ...action, titleParameter: 'shell' } : action,
  );
  const text = withSteps(
    'action: create-systree\nartifact-name: x',
    `action: shell\nshell: "\\n  make ${'x'.repeat(80)}\\nmake check\\n"`,
  );
  const spec = specOf(parseBuildSpec(text, { fileName: 'build.yaml', actions: titled }));
  expect(spec.projects[0]?.steps[1]?.title).toBe(`shell make ${'x'.repeat(54)}…`);
});

test('an empty store is not the same as one that nobody asked', () => {
  const text = withSteps('action: unpack-artifact\nartifact-name: x');
  expect(parse(text).type).toBe('invalid');
  expect(parse(text, ['x']).type).toBe('parsed');
  expect(parseBuildSpec(text, { fileName: 'build.yaml', actions: declarations }).type).toBe('parsed');
});

test('dependencies are those that are named, then those through artifacts, each once and never itself', () => {
  const spec = specOf(
    parse(`projects:
- project: user
  depends-on: [last, maker]
  actions:
  - {action: unpack-artifact, artifact-name: x}
  - {action: unpack-artifact, artifact-name: y}
  - {action: create-artifact, artifact-name: z}
  - {action: unpack-artifact, artifact-name: z}
- project: other
  actions:
  - {action: create-artifact, artifact-name: y}
- project: maker
  actions:
  - {action: create-artifact, artifact-name: x}
- project: last
  actions:
  - {action: empty-workspace}
`),
  );
  expect(spec.projects.map(({ dependsOn }) => dependsOn)).toEqual([['last', 'maker', 'other'], [], [], []]);
});

test('anchors, aliases and merge keys mean what they stand for', () => {
  const spec = specOf(
    parse(`x-retry: &retry
  retries: 3
  timeout: 60
x-steps: &steps
- action: empty-workspace
- &fetch
  action: git
  url: first
  <<: *retry
projects:
- project: &name a
  build-steps: *steps
- project: b
  depends-on: [*name]
  build-steps:
  - <<: [*fetch, {retries: 9, depth: 1}]
    url: second
    timeout: 5
`),
  );
  expect(spec.projects[0]?.steps[1]).toMatchObject({ parameters: { url: 'first' }, retries: 3, timeoutMs: 60_000 });
  expect(spec.projects[1]?.dependsOn).toEqual(['a']);
  expect(spec.projects[1]?.steps[0]).toMatchObject({
    action: 'git',
    parameters: { url: 'second', depth: 1 },
    retries: 3,
    timeoutMs: 5000,
  });
});

test('what an alias repeats is not shared in the specification', () => {
  const install = 'action: debootstrap\nsuite: sid\npackages: *p';
  const spec = specOf(parse(`x-p: &p [a]\n${withSteps(install, install)}`));
  const [one, other] = spec.projects[0]?.steps ?? [];
  expect(one?.parameters['packages']).toEqual(other?.parameters['packages']);
  expect(one?.parameters['packages']).not.toBe(other?.parameters['packages']);
});

test('words of YAML 1.1 are plain texts, even where the document claims to be one', () => {
  const text = `%YAML 1.1\n---\n${withSteps('action: git\nurl: no\nref: 12:30')}`;
  expect(specOf(parse(text)).projects[0]?.steps[0]?.parameters).toMatchObject({ url: 'no', ref: '12:30' });
});

test('a byte order mark and carriage returns change nothing', () => {
  expect(specOf(parse(`\uFEFF${seed.replaceAll('\n', '\r\n')}`))).toEqual(specOf(parse(seed)));
});

test('places are found by path, whichever of the two keys the steps are under', () => {
  const result = parse(seed);
  if (result.type === 'invalid') throw new Error('the seed is valid');
  expect(result.locate(['projects', 0, 'build-steps', 1, 'suite'])).toEqual({ line: 6, column: 12 });
  expect(result.locate(['projects', 1, 'build-steps', 0])).toEqual({ line: 14, column: 5 });
  expect(result.locate(['projects', 1, 'actions', 2, 'shell'])).toEqual({ line: 20, column: 12 });
  expect(result.locate(['projects', 2])).toBeUndefined();
  expect(result.locate(['projects', 'length'])).toBeUndefined();
  expect(result.locate([])).toEqual({ line: 1, column: 1 });
});

test('an object gives what its YAML gives', () => {
  const value = {
    projects: [
      {
        project: 'p',
        actions: [{ action: 'git', url: 'a "b"\u00a0\\c', ref: undefined, submodules: true, timeout: 0.5 }],
      },
    ],
  };
  expect(specOf(parseObject(value)).projects[0]?.steps[0]).toEqual({
    id: '1-git',
    title: 'git a "b"\u00a0\\c',
    action: 'git',
    parameters: { url: 'a "b"\u00a0\\c', submodules: true },
    timeoutMs: 500,
    continueOnFailure: false,
  });
});
