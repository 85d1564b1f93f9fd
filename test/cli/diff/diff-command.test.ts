import { describe, expect, test } from 'vitest';
import type { Comparison, RunDetails, StateReference, Supervisor, Versions } from '../../../index.ts';
import { command } from '../rig/command.ts';

const look = { type: 'file', mode: 0o644, uid: 1000, gid: 1000, sizeBytes: 12, target: '' } as const;

const attempt = (number: number, type: 'failed' | 'succeeded') =>
  ({
    id: `a${number}`,
    number,
    startedAt: number,
    endedAt: number + 1,
    outcome: type === 'failed' ? { type, exitCode: 1 } : { type },
  }) as const;

const run = (id: string): RunDetails => ({
  id,
  specName: 'build.yaml',
  createdAt: 0,
  endedAt: 9,
  state: 'failed',
  projects: [
    {
      name: 'hello',
      steps: [
        { id: '1-create-systree', title: 't', attempts: [attempt(1, 'succeeded')] },
        { id: '2-shell', title: 't', attempts: [attempt(1, 'failed'), attempt(2, 'failed')] },
      ],
    },
  ],
});

function workbench(found: { comparison?: Comparison; versions?: Versions }) {
  const asked: unknown[] = [];
  const supervisor: Partial<Supervisor> = {
    run: (id) => run(id ?? 'newest'),
    workbench: {
      compare: (from: StateReference, to: StateReference, options?: object) => {
        asked.push([from, to, options]);
        return Promise.resolve(found.comparison ?? { parts: [] });
      },
      step: () => {
        throw new Error('nobody asked for the step');
      },
      specFile: () => undefined,
      open: () => Promise.reject(new Error('nobody asked for a shell')),
      versions: (from: StateReference, to: StateReference, options: object) => {
        asked.push([from, to, options]);
        return Promise.resolve(found.versions ?? { path: '' });
      },
    },
  };
  return { supervisor, asked };
}

const step = (moment: string, number: number, of = 'newest') => ({
  type: 'step',
  run: of,
  project: 'hello',
  step: '2-shell',
  attempt: number,
  moment,
});

describe('contractor diff', () => {
  test('shows what the step that failed last has changed, and names nothing as it would steer a terminal', async () => {
    const comparison: Comparison = {
      parts: [
        {
          type: 'workspace',
          name: 'workspace',
          tooDeep: ['deep'],
          isCut: false,
          changes: [
            { type: 'added', path: 'bin/\x1b[31mhello', after: { ...look, mode: 0o755 } },
            {
              type: 'changed',
              path: 'Makefile',
              before: look,
              after: { ...look, sizeBytes: 15, mode: 0o600 },
              differs: ['mode', 'contents'],
            },
            { type: 'removed', path: 'old', before: { ...look, type: 'directory' } },
            { type: 'added', path: 'l', after: { ...look, type: 'symlink', target: 'to\nwhere', uid: 0 } },
          ],
        },
        {
          type: 'container',
          name: 'c',
          tooDeep: [],
          isCut: false,
          changes: [
            {
              type: 'changed',
              path: 'etc/passwd',
              before: look,
              after: { ...look, uid: 0, gid: 0 },
              differs: ['owner'],
            },
          ],
        },
      ],
    };
    const { supervisor, asked } = workbench({ comparison });
    const { stdout, status } = await command('diff', { supervisor });
    expect(stdout.split('\n')).toEqual([
      'A  bin/␛[31mhello  0755, 12 B',
      'M  Makefile  mode 0644 → 0600, 12 B → 15 B',
      'D  old/',
      'A  l  link → to␊where, owner 0:1000',
      '?  deep/: too deep to be compared',
      'M  /etc/passwd  owner 1000:1000 → 0:0  of container c',
      '2 added, 2 changed, 1 removed',
      '',
    ]);
    expect(status).toBe(0);
    expect(asked).toEqual([[step('before', 2), step('after', 2), {}]]);
  });

  test('takes an attempt by its number, and two of them to compare', async () => {
    const { supervisor, asked } = workbench({});
    await command('diff :hello:2#1', { supervisor });
    await command('diff k3x9:hello:2#1 p7:hello:2', { supervisor });
    expect(asked).toEqual([
      [step('before', 1), step('after', 1), {}],
      [step('after', 1, 'k3x9'), step('after', 2, 'p7'), {}],
    ]);
    expect((await command('diff :hello:2#9', { supervisor })).stderr).toContain('no attempt 9');
  });

  test('prints the difference of a file into a pipe byte for byte', async () => {
    const version = (text: string) => ({ look, contents: Buffer.from(text, 'latin1'), isCut: false });
    const versions = { path: 'f', before: version('a\n\x1b[31m\n'), after: version('b\n\x1b[31m\n') };
    const { supervisor, asked } = workbench({ versions });
    const { stdout } = await command('diff : f', { supervisor });
    expect(stdout).toBe('--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n-a\n+b\n \x1b[31m\n');
    expect(asked).toEqual([[step('before', 2), step('after', 2), { path: 'f', mostBytes: 1024 * 1024 }]]);
  });

  test('makes it harmless on a terminal', async () => {
    const version = (text: string) => ({ look, contents: Buffer.from(text), isCut: false });
    const { supervisor } = workbench({
      versions: { path: 'f', before: version('\x1b]0;x\x07a\n'), after: version('b\n') },
    });
    const { stdout } = await command('diff : f', {
      supervisor,
      terminal: { columns: 80, rows: 24 },
      env: { NO_COLOR: '1' },
    });
    expect(stdout).not.toContain('\x1b]0');
    expect(stdout).toContain('+b\n');
  });

  test('says that a file was compared in part only', async () => {
    const version = (text: string) => ({ look, contents: Buffer.from(text), isCut: true });
    const { supervisor } = workbench({ versions: { path: 'f', before: version('a'), after: version('b') } });
    expect((await command('diff : f', { supervisor })).stderr).toContain('--all');
  });

  test('says so when there is nothing at the path', async () => {
    const { supervisor } = workbench({});
    const { stderr, status } = await command('diff : nothing/here', { supervisor });
    expect(stderr).toContain('nothing at `nothing/here`');
    expect(status).toBe(2);
  });

  test('compares two artifacts', async () => {
    const { supervisor, asked } = workbench({});
    const { stdout } = await command('artifact diff hello@1 hello', { supervisor });
    expect(asked).toEqual([[{ type: 'artifact', artifact: 'hello@1' }, { type: 'artifact', artifact: 'hello' }, {}]]);
    expect(stdout).toBe('no changes\n');
  });
});

test('[A-171] two system trees differ in packages first', async () => {
  const of = { architecture: 'amd64' };
  const { supervisor } = workbench({
    comparison: {
      parts: [],
      packages: [
        { type: 'removed', name: 'old', before: '1', ...of },
        { type: 'upgraded', name: 'libc6', before: '2.41-1', after: '2.41-2', ...of },
        { type: 'rebuilt', name: 'own', before: '1', after: '1', ...of },
      ],
    },
  });
  expect((await command('artifact diff a@1 a@2', { supervisor })).stdout).toBe(
    `1 package upgraded, 1 rebuilt, 1 removed
upgraded  libc6:amd64  2.41-1 → 2.41-2
rebuilt   own:amd64    1
removed   old:amd64    1

no changes
`,
  );
});
