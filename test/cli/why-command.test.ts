import { expect, test } from 'vitest';
import type { Explanation, Plan, ProjectState } from '../../index.ts';
import { command } from './rig/command.ts';

const cause = {
  type: 'parameters-changed',
  changes: [{ parameter: 'packages', added: ['hello'], removed: [] }],
} as const;
const stale: ProjectState = { type: 'stale', project: 'tree', step: '2-debootstrap', because: cause };
const waits: ProjectState = { type: 'waits', project: 'hello', for: ['tree'] };
const current: ProjectState = { type: 'current', project: 'hello', steps: [] };
const chain = [{ project: 'tree', step: '2-debootstrap', cause }];

async function why(line: string, explanation: Explanation): Promise<{ asked: unknown; stdout: string }> {
  let asked: unknown;
  const { stdout } = await command(line, {
    stdin: '{}',
    supervisor: {
      why: (_, about) => {
        asked = about;
        return Promise.resolve(explanation);
      },
    },
  });
  return { asked, stdout };
}

test('[A-152] why says in one line whether a project is to be built, and what for', async () => {
  expect(await why('why tree -', { project: 'tree', state: stale, chain: [] })).toEqual({
    asked: { project: 'tree' },
    stdout: '`tree` is to be built from step 2-debootstrap: its `packages` gained `hello`.\n',
  });
  expect(await why('why hello:3 - --offline', { project: 'hello', step: '3-shell', state: waits, chain })).toEqual({
    asked: { project: 'hello', step: '3', offline: true },
    stdout:
      '`hello:3-shell` waits for what comes of `tree`, which is to be built from step 2-debootstrap: its `packages` gained `hello`.\n',
  });
  const changed = {
    type: 'artifact-changed',
    artifact: 'tree',
    before: { digest: 'a', version: 1 },
    now: { digest: 'b', version: 2 },
  } as const;
  const lastBuilt = {
    run: 'k3x9',
    at: new Date(2026, 0, 1, 12, 0).getTime(),
    because: { step: '1-create-systree', cause: changed },
  };
  const past = { project: 'hello', state: current, lastBuilt, chain: [{ ...chain[0]!, run: 'k3x8' }] };
  expect((await why('why hello - --verbose', past)).stdout).toBe(
    '`hello` is up to date; it was built in run k3x9, 2026-01-01 12:00, from step 1-create-systree: `tree` changed: version 1 → version 2.\n' +
      '  `tree` was built in run k3x8 from step 2-debootstrap: its `packages` gained `hello`\n',
  );
  expect(JSON.parse((await why('why hello - --json', past)).stdout)).toEqual(past);
});

test('a plan says of each project whether it would be built, and so does `build --dry-run`, which builds nothing', async () => {
  const project = (state: ProjectState) => ({ name: state.project, dependsOn: [], steps: [], state });
  const planned: Plan = {
    projects: [project(stale), project(waits), project({ ...current, project: 'other' })],
    limits: [],
  };
  const asked: unknown[] = [];
  const plan = (_: unknown, options: unknown): Promise<Plan> => {
    asked.push(options);
    return Promise.resolve(planned);
  };
  const shown = (await command('plan -', { stdin: '{}', supervisor: { plan } })).stdout;
  expect(shown).toBe(
    'tree\n  to be built from step 2-debootstrap: its `packages` gained `hello`\n\n' +
      'hello\n  built, or not, when it is known what comes of tree\n\nother\n  up to date\n',
  );
  const dry = await command('build - hello --dry-run --rebuild hello', { stdin: '{}', supervisor: { plan } });
  expect(dry.stdout).toBe(shown);
  expect(asked).toEqual([{}, { projects: ['hello'], rebuild: ['hello'] }]);
});
