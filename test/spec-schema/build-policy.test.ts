import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { actionSet } from '../../actions/action-set.ts';
import { formatProblems } from '../../spec-schema/problem.ts';
import { parseBuildPolicy, buildPolicySchema } from '../../spec-schema/build-policy.ts';
import { readPolicy } from '../../cli/read-policy.ts';
import { step } from '../machines/samples.ts';

const shown = (text: string): string => {
  const result = parseBuildPolicy(text, 'policy.yaml');
  return result.type === 'invalid' ? `\n${formatProblems(result.problems)}\n` : 'parsed';
};

test('[A-260] a policy is read with its limits in their units', () => {
  const text =
    'tools: [git]\nhosts: [deb.debian.org, "*.example.org"]\nlimits: { memory: 2G, cpu-time: 10m, timeout: 1h }\n';
  expect(parseBuildPolicy(text, 'policy.yaml')).toEqual({
    type: 'parsed',
    policy: {
      tools: ['git'],
      hosts: ['deb.debian.org', '*.example.org'],
      limits: { memoryBytes: 2 ** 31, cpuTimeMs: 600_000 },
      timeoutMs: 3_600_000,
    },
  });
  expect(parseBuildPolicy('{}', 'policy.yaml')).toEqual({ type: 'parsed', policy: {} });
});

test('[A-260] what is wrong with one has its place and what was meant', () => {
  expect(
    shown(
      'tool: [git]\ntools: [gti, git, git]\nhosts: [https://x, Example.org]\nlimits: { memory: much, strict: true }\n',
    ),
  ).toMatchInlineSnapshot(`
    "
    policy.yaml:1:1: error: unknown key \`tool\`
      1 | tool: [git]
        | ^^^^
    policy.yaml:2:8: error: \`tools\` has the same item twice: \`git\`
      2 | tools: [gti, git, git]
        |        ^^^^^^^^^^^^^^^
    policy.yaml:2:9: error: item 1 of \`tools\` must be \`debootstrap\` or \`git\`
      2 | tools: [gti, git, git]
        |         ^^^ did you mean \`git\`?
    policy.yaml:3:9: error: item 1 of \`hosts\` must be the name of a host in lower case, such as \`deb.debian.org\`, or \`*.example.org\`; without scheme, port and path
      3 | hosts: [https://x, Example.org]
        |         ^^^^^^^^^
    policy.yaml:3:20: error: item 2 of \`hosts\` must be the name of a host in lower case, such as \`deb.debian.org\`, or \`*.example.org\`; without scheme, port and path
      3 | hosts: [https://x, Example.org]
        |                    ^^^^^^^^^^^
    policy.yaml:4:19: error: \`memory\` of \`limits\` must be a size such as \`512M\`, \`1.5G\` or \`2T\` (K, M, G and T are powers of 1024), or a number of bytes
      4 | limits: { memory: much, strict: true }
        |                   ^^^^
    policy.yaml:4:25: error: unknown key \`strict\` of \`limits\`
      4 | limits: { memory: much, strict: true }
        |                         ^^^^^^
    "
  `);
  expect(shown('')).toMatchInlineSnapshot(`
    "
    policy.yaml:1:1: error: this has no value
      1 |
        | ^
    "
  `);
  expect(shown('- a')).toMatchInlineSnapshot(`
    "
    policy.yaml:1:1: error: this must be a mapping, but is a list
      1 | - a
        | ^^^
    "
  `);
});

test('its published schema is one, and admits its example', () => {
  const validate = new Ajv2020({ allowUnionTypes: true, keywords: ['patternErrorMessage'] }).compile(buildPolicySchema);
  for (const example of buildPolicySchema['examples'] as unknown[]) expect(validate(example)).toBe(true);
  expect(validate({ hosts: ['https://x'] })).toBe(false);
});

test('it knows each action that runs a tool of the host', () => {
  const { properties } = buildPolicySchema as { properties: { tools: { items: { enum: string[] } } } };
  const actions = actionSet();
  const parameters = {
    suite: 's',
    url: 'https://h/x',
    shell: 'true',
    'artifact-name': 'a',
    'container-name': 'c',
    path: '.',
  };
  const tools = actions.declarations
    .map(({ name }) => name)
    .filter((action) => {
      const { runsIn } = actions.named(action).isolation({ ...step('1', { parameters }), action });
      return runsIn === 'vetted-tool';
    });
  expect(properties.tools.items.enum.toSorted()).toEqual(tools.toSorted());
});

test('[A-260] a build does not begin with a policy that cannot be read, or is wrong', () => {
  expect(() => readPolicy('/nowhere/policy.yaml')).toThrow(expect.objectContaining({ code: 'POLICY_INVALID' }));
  const wrong = expect.objectContaining({
    code: 'POLICY_INVALID',
    message: expect.stringContaining(':1:1:') as unknown,
  });
  expect(() => readPolicy('/dev/null')).toThrow(wrong);
});
