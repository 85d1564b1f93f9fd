import fc from 'fast-check';
import { expect, test } from 'vitest';
import { actionSet } from '../../../actions/action-set.ts';
import type { JsonObject, Project, Step } from '../../../spec-schema/build-spec.ts';
import type { BuildPolicy } from '../../../spec-schema/build-policy.ts';
import { assertAdmitted, policyViolations } from '../../../supervisor/placement/policy-violations.ts';
import { project, step } from '../../machines/samples.ts';

const world = { actions: actionSet(), host: { memoryBytes: 2 ** 33, diskBytes: 2 ** 40, diskFiles: 1e6 } };
const of = (action: string, parameters: JsonObject, more: Partial<Step> = {}): Step => ({
  ...step(`1-${action}`, { parameters, ...more }),
  action,
});
const rules = (one: Step, policy: BuildPolicy): string[] =>
  policyViolations([project(one)], policy, world).map(({ rule }) => rule);
const shell = (more: Partial<Step> = {}): Step =>
  of('shell', { 'container-name': 'c', shell: 'curl https://evil' }, more);
const git = (url: string, more: JsonObject = {}): Step => of('git', { url, submodules: false, ...more });

test('[A-260] an empty policy admits everything, and contractor itself needs nobody to admit it', () => {
  const anything = [git('https://a.example/x'), shell(), of('debootstrap', { suite: 's' })];
  expect(policyViolations([project(...anything)], {}, world)).toEqual([]);
  const nothing: BuildPolicy = { tools: [], hosts: [], limits: { processes: 1 }, timeoutMs: 1 };
  expect(rules(of('empty-workspace', {}), nothing)).toEqual([]);
});

test('[A-260] tools and hosts that are not named are refused, each by its rule', () => {
  expect(rules(git('https://a.example/x'), { tools: ['debootstrap'], hosts: [] })).toEqual(['tools', 'hosts']);
  expect(rules(of('debootstrap', { suite: 's' }), { tools: ['debootstrap'], hosts: [] })).toEqual([]);
  const elsewhere = {
    suite: 's',
    mirror: 'http://b.example/debian',
    repositories: [{ url: 'https://c.example/', suite: 'x' }],
  };
  expect(rules(of('debootstrap', elsewhere), { hosts: ['b.example'] })).toEqual(['hosts']);
  // A container has no network: what it says of hosts is only text.
  expect(rules(shell(), { hosts: [] })).toEqual([]);
  expect(rules(git('https://a.example/x', { submodules: true }), { hosts: ['a.example'] })).toEqual(['hosts']);
  expect(rules(git('/srv/local'), { hosts: [] })).toEqual([]);
});

test.each([
  ['https://deb.debian.org/debian', ['deb.debian.org'], true],
  ['https://DEB.debian.ORG./debian', ['deb.debian.org'], true],
  ['http://deb.debian.org:8080/debian', ['deb.debian.org'], true],
  ['https://evil.example/deb.debian.org', ['deb.debian.org'], false],
  ['https://deb.debian.org@evil.example/', ['deb.debian.org'], false],
  ['https://deb.debian.org.evil.example/', ['deb.debian.org', '*.debian.org'], false],
  ['https://evildebian.org/', ['*.debian.org'], false],
  ['https://debian.org/', ['*.debian.org'], false],
  ['https://a.b.debian.org/', ['*.debian.org'], true],
  ['https://[::1]/x', ['*.org'], false],
  ['https://[::1]/x', ['[::1]'], true],
  ['https://0x7f.1/x', ['0x7f.1'], false],
  ['https://:bad:/x', ['*.bad'], false],
] as const)('[A-260] the host of %s is admitted by %j: %s', (url, hosts, isAdmitted) => {
  expect(rules(git(url), { hosts })).toEqual(isAdmitted ? [] : ['hosts']);
});

test('[A-260] a limit is held by what a step asks for, and by its default where it asks for nothing', () => {
  expect(rules(shell(), { limits: { memoryBytes: 2 ** 33 } })).toEqual([]);
  expect(rules(shell(), { limits: { memoryBytes: 2 ** 31, processes: 100, outputBytes: 1 } })).toEqual([
    'limits.memory',
    'limits.processes',
    'limits.output',
  ]);
  expect(rules(shell({ limits: { memoryBytes: 2 ** 31 } }), { limits: { memoryBytes: 2 ** 31 } })).toEqual([]);
  expect(rules(shell({ limits: { memoryBytes: 2 ** 31 + 1 } }), { limits: { memoryBytes: 2 ** 31 } })).toEqual([
    'limits.memory',
  ]);
  // Without a default nothing holds it.
  expect(rules(shell(), { limits: { cpuTimeMs: 1000, diskBytes: 1 }, timeoutMs: 1000 })).toEqual([
    'limits.cpu-time',
    'limits.disk',
    'limits.timeout',
  ]);
  expect(rules(shell({ timeoutMs: 1001 }), { timeoutMs: 1000 })).toEqual(['limits.timeout']);
  expect(rules(shell({ timeoutMs: 1000 }), { timeoutMs: 1000 })).toEqual([]);
});

test('[A-260] the refusal names project, step, rule and both amounts', () => {
  const build: Project = { ...project(shell({ limits: { memoryBytes: 2 ** 32 } })), name: 'p' };
  expect(() => assertAdmitted([build], { limits: { memoryBytes: 2 ** 31 } }, world)).toThrow(
    expect.objectContaining({
      code: 'POLICY_REFUSES',
      message: expect.stringContaining(
        '`p:1-shell` may have `memory` of 4 GiB, and at most 2 GiB is admitted (rule `limits.memory`)',
      ) as unknown,
    }),
  );
});

const bound = fc.option(
  fc.integer({ min: 1, max: 4 }).map((gib) => gib * 2 ** 30),
  { nil: undefined },
);
const policy: fc.Arbitrary<BuildPolicy> = fc
  .record({
    tools: fc.option(fc.subarray(['git', 'debootstrap']), { nil: undefined }),
    hosts: fc.option(fc.subarray(['a.example', '*.example', 'b.test']), { nil: undefined }),
    memoryBytes: bound,
    outputBytes: bound,
  })
  .map(({ tools, hosts, memoryBytes, outputBytes }) => ({
    ...(tools === undefined ? {} : { tools }),
    ...(hosts === undefined ? {} : { hosts }),
    limits: {
      ...(memoryBytes === undefined ? {} : { memoryBytes }),
      ...(outputBytes === undefined ? {} : { outputBytes }),
    },
  }));
const anyStep = fc.oneof(
  fc.constantFrom('https://a.example/x', 'https://b.test/x', 'https://c.test/x').map((url) => git(url)),
  bound.map((memoryBytes) => shell(memoryBytes === undefined ? {} : { limits: { memoryBytes } })),
);

test('a policy with more rules, or narrower ones, admits nothing new', () => {
  fc.assert(
    fc.property(anyStep, policy, policy, (one, wide, other) => {
      const narrow: BuildPolicy = {
        ...wide,
        ...(other.tools === undefined
          ? {}
          : { tools: other.tools.filter((each) => wide.tools?.includes(each) ?? true) }),
        ...(other.hosts === undefined
          ? {}
          : { hosts: other.hosts.filter((each) => wide.hosts?.includes(each) ?? true) }),
        limits: {
          ...wide.limits,
          ...Object.fromEntries(
            Object.entries(other.limits ?? {}).map(([key, value]) => [
              key,
              Math.min(value, wide.limits?.[key as 'memoryBytes'] ?? Infinity),
            ]),
          ),
        },
      };
      expect(new Set(rules(one, narrow)).isSupersetOf(new Set(rules(one, wide)))).toBe(true);
    }),
  );
});
