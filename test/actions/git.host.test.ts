import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
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

/** Leaves a mark in the workspace, which is all that a git step can change. */
const MARK = 'touch /workspace/ran';
const HOOK = `#!/bin/sh\n${MARK}\n`;
const HOOKS = ['post-checkout', 'reference-transaction', 'post-index-change', 'fsmonitor-watchman', 'pre-auto-gc'];
/** Each key of git's configuration that names a program, and that a clone or a checkout would ask. */
const CONFIG = `[core]
\tfsmonitor = "${MARK}; false"
\tsshCommand = "${MARK}"
\tgitProxy = "${MARK}"
\talternateRefsCommand = "${MARK}"
\thooksPath = hooks
[filter "mark"]
\tsmudge = "${MARK}; cat"
\tprocess = "${MARK}"
\trequired = true
[uploadpack]
\tpackObjectsHook = "${MARK}"
[credential]
\thelper = "!${MARK}"
[include]
\tpath = /source/.git/more
`;

function git(directory: string, ...argv: string[]): void {
  const user = ['-c', 'user.name=t', '-c', 'user.email=t@example.test', '-c', 'protocol.allow=never'];
  execFileSync('git', ['-C', directory, ...user, ...argv], { stdio: 'ignore', env: { PATH: '/usr/bin:/bin' } });
}

/** A repository of this host whose files, hooks and settings all want to run something. */
function makeHostile(directory: string, submodules: readonly string[]): void {
  mkdirSync(directory);
  git(directory, 'init', '--quiet', '--initial-branch=main');
  writeFileSync(join(directory, 'file'), 'contents\n');
  writeFileSync(join(directory, '.gitattributes'), '* filter=mark\n');
  git(directory, 'add', '--all');
  git(directory, 'commit', '--quiet', '-m', 'first');
  const modules = submodules.map((url, n) => `[submodule "m${n}"]\n\tpath = m${n}\n\turl = ${JSON.stringify(url)}\n`);
  writeFileSync(join(directory, '.gitmodules'), modules.join(''));
  const commit = execFileSync('git', ['-C', directory, 'rev-parse', 'HEAD'], { encoding: 'utf8' }).trim();
  for (const [n] of submodules.entries())
    git(directory, 'update-index', '--add', '--cacheinfo', `160000,${commit},m${n}`);
  git(directory, 'add', '.gitmodules');
  git(directory, 'commit', '--quiet', '--allow-empty', '-m', 'second');
  for (const hook of HOOKS) {
    writeFileSync(join(directory, '.git/hooks', hook), HOOK);
    chmodSync(join(directory, '.git/hooks', hook), 0o755);
  }
  writeFileSync(join(directory, '.git/config'), CONFIG, { flag: 'a' });
}

describe.skipIf(lacking !== '')('[A-91] nothing runs that a repository or a workspace names', () => {
  test('hooks, filters and settings of the repository, and of one around it in the workspace', async () => {
    makeHostile(join(store.work, 'repository'), []);
    const { result, log } = await store.build([
      project('p', [
        onTiny,
        shell(`mkdir -p .git/hooks .git/objects .git/refs; echo 'ref: refs/heads/main' >.git/HEAD
          for hook in ${HOOKS.join(' ')}; do echo '${HOOK}' >.git/hooks/$hook; chmod 755 .git/hooks/$hook; done
          echo '${CONFIG}' >.git/config; echo '* filter=mark' >.gitattributes`),
        { action: 'git', url: './repository', directory: 'a/b', submodules: true },
        shell('ls -A . a/b; cat a/b/file'),
      ]),
    ]);
    expect(log('p', '4-shell')).toBe(
      '.:\n.git\n.gitattributes\na\n\na/b:\n.git\n.gitattributes\n.gitmodules\nfile\ncontents\n',
    );
    expect(result).toBe('built');
  });

  test('submodules by addresses that run something, or lead elsewhere', { timeout: 120_000 }, async () => {
    for (const [n, url] of HOSTILE_URLS.entries()) makeHostile(join(store.work, `r${n}`), [url]);
    const { log } = await store.build(
      HOSTILE_URLS.map((_, n) =>
        project(`p${n}`, [
          onTiny,
          { action: 'git', url: `./r${n}`, submodules: true, retries: 0, 'continue-on-failure': true },
          shell('ls -A; echo end'),
        ]),
      ),
    );
    for (const [n, url] of HOSTILE_URLS.entries()) {
      expect([url, log(`p${n}`, '3-shell'), log(`p${n}`, '2-git')]).toEqual([
        url,
        'end\n',
        expect.stringMatching(/^(fatal|error|warning): /m),
      ]);
    }
  });
});

const HOSTILE_URLS = [
  `ext::sh -c ${MARK}`,
  '-u./mark',
  'ssh://-oProxyCommand=touch/x',
  'git@localhost:x',
  '/etc',
  'file:///etc',
  '../../etc',
  `x\n\tupdate = !${MARK}`,
];
