import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { root } from '../house/sources.ts';
import { onTiny, openTestStore, project, shell, whatHostLacks } from '../supervisor/test-store.ts';
import type { TestStore } from '../supervisor/test-store.ts';

const lacking = await whatHostLacks();
let store: TestStore;
beforeEach(async () => {
  if (lacking === '') store = await openTestStore();
});
afterEach(async () => {
  if (lacking === '') await store.close();
});

const PROGRAMS = [
  'bwrap',
  'perl',
  'newuidmap',
  'newgidmap',
  'tar',
  'sh',
  'git',
  'apt-get',
  'apt-config',
  'sync',
  'flock',
];

/** An environment in which each thing that programs are found or changed by leads to something that leaves a mark. */
function trap(directory: string): { readonly env: Record<string, string>; readonly mark: string } {
  const mark = join(directory, 'mark');
  const at = (...path: string[]): string => join(directory, ...path);
  for (const path of ['bin', 'lib', 'home', 'tmp']) mkdirSync(at(path), { recursive: true });
  for (const program of PROGRAMS) writeFileSync(at('bin', program), `#!/bin/sh\n: >${mark}\n`, { mode: 0o755 });
  for (const module of ['strict', 'warnings', 'POSIX', 'Attempt', 'Kernel', 'Evil']) {
    writeFileSync(at('lib', `${module}.pm`), `BEGIN { open my $f, '>', '${mark}' } 1;\n`);
  }
  writeFileSync(at('evil.sh'), `: >${mark}\n`);
  writeFileSync(at('apt.conf'), `APT::Update::Pre-Invoke { ": >${mark}"; };\n`);
  return {
    mark,
    env: {
      PATH: at('bin'),
      HOME: at('home'),
      TMPDIR: at('tmp'),
      XDG_STATE_HOME: at('home'),
      XDG_RUNTIME_DIR: at('tmp'),
      PERL5LIB: at('lib'),
      PERL5OPT: '-MEvil',
      PERLLIB: at('lib'),
      ENV: at('evil.sh'),
      BASH_ENV: at('evil.sh'),
      TAR_OPTIONS: `--checkpoint=1 --checkpoint-action=exec=${at('bin/sh')}`,
      APT_CONFIG: at('apt.conf'),
      GIT_SSH_COMMAND: at('bin/sh'),
      LD_LIBRARY_PATH: at('lib'),
    },
  };
}

describe.skipIf(lacking !== '')('[A-95] what a caller has in its environment', () => {
  test('changes no program that a build uses, and no container', { timeout: 60_000 }, async () => {
    const steps = [
      { action: 'copy-source', path: 'source' },
      onTiny,
      shell(
        "env | grep -v '^PWD=\\|^_='; cat /proc/self/status | grep '^Cap\\|^NoNewPrivs\\|^Seccomp:'; cat source-file",
      ),
    ];
    mkdirSync(join(store.work, 'source'));
    writeFileSync(join(store.work, 'source/source-file'), 'contents\n');
    const { log } = await store.build([project('p', steps)]);
    const spec = join(store.work, 'build.yaml');
    writeFileSync(spec, JSON.stringify({ projects: [project('q', steps)] }));
    const { env, mark } = trap(join(store.work, 'trap'));
    const contractor = (...argv: string[]): ReturnType<typeof spawnSync> =>
      spawnSync(process.execPath, [join(root, 'cli/main.ts'), '--store', store.store, ...argv], {
        env,
        encoding: 'utf8',
      });
    expect(contractor('build', spec)).toMatchObject({ status: 0 });
    const { id } = store.supervisor.runs()[0] ?? { id: '' };
    expect(contractor('logs', `${id}:q:3-shell`).stdout).toBe(log('p', '3-shell'));
    expect(contractor('doctor', '--json').status).toBe(0);
    expect(existsSync(mark)).toBe(false);
  });

  test.skipIf(process.getuid?.() !== 0)(
    'as root: a program that is not there is not looked for along PATH, and nothing is built',
    () => {
      const spec = join(store.work, 'build.yaml');
      writeFileSync(spec, JSON.stringify({ projects: [project('q', [{ action: 'empty-workspace' }])] }));
      const { env, mark } = trap(join(store.work, 'trap'));
      const contractor = [
        process.execPath,
        join(root, 'cli/main.ts'),
        '--store',
        join(store.work, 'other'),
        'build',
        spec,
      ];
      const { status, stderr } = spawnSync(
        'unshare',
        [
          ...[
            '--mount',
            '--propagation',
            'private',
            'sh',
            '-euc',
            'mount --bind /dev/null /usr/bin/bwrap; exec "$@"',
            'sh',
          ],
          ...['/usr/bin/env', '-i', ...Object.entries(env).map(([key, value]) => `${key}=${value}`), ...contractor],
        ],
        { encoding: 'utf8' },
      );
      expect([status, stderr]).toEqual([3, expect.stringContaining('There is no `bwrap` on this host')]);
      expect(existsSync(mark)).toBe(false);
    },
  );
});
