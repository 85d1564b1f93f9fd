import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { filesOf, root } from './sources.ts';

const files = filesOf().map((path) => ({ path, text: readFileSync(join(root, path), 'latin1') }));
const containing = (text: string): string[] => files.filter((file) => file.text.includes(text)).map(({ path }) => path);

test('no hand-written file has more than 350 lines', () => {
  const long = files
    .filter(({ path }) => /\.(ts|sh|pl)$/.test(path))
    .filter(({ text }) => text.split('\n').length - 1 > 350);
  expect(long.map(({ path }) => path)).toEqual([]);
});

describe('nothing names this machine', () => {
  test('no file holds the path of the checkout', () => {
    // `/src` or `/builds` alone says nothing about a machine.
    const tellsSomething = root.split('/').length > 2;
    expect(tellsSomething ? containing(`${root}/`) : []).toEqual([]);
  });

  test('no file names a mirror or registry that this host is set up with', () => {
    const knownToAll = /^(deb|security|ftp)\.debian\.org$|\.ubuntu\.com$|^deb\.nodesource\.com$|^localhost$|^127\./;
    const settings = globSync('/etc/apt/{sources.list,sources.list.d/*,apt.conf.d/*}').map((path) =>
      readFileSync(path, 'latin1'),
    );
    settings.push(
      execFileSync('npm', ['config', 'get', 'registry'], {
        encoding: 'utf8',
        cwd: root,
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    );
    const hosts = settings
      .flatMap((text) => text.split('\n'))
      .filter((line) => !line.trimStart().startsWith('#'))
      .flatMap((line) => [...line.matchAll(/https?:\/\/(?:[^/@\s]*@)?([^/:\s"]+)/g)].map((match) => match[1] ?? ''))
      .filter((host) => !knownToAll.test(host));
    expect([...new Set(hosts)].flatMap((host) => containing(host).map((path) => `${path}: ${host}`))).toEqual([]);
  });

  test('the lock file records no download addresses', () => {
    expect(readFileSync(join(root, 'package-lock.json'), 'utf8')).not.toMatch(/"resolved": *"(?!node_modules)/);
  });

  test('only examples, tests and documents name a host of the internet', () => {
    const allowed =
      /^(deb\.debian\.org|(archive|security|ports)\.ubuntu\.com|json-schema\.org|in-toto\.io|slsa\.dev|www\.w3\.org|localhost|127\.0\.0\.1|\$.*|.*\.(invalid|example|test))$/;
    const shipped = files.filter(
      ({ path }) =>
        /\.(ts|sh|pl|json|html|css|js)$/.test(path) && !/^(examples|test|bench|docs|package-lock)/.test(path),
    );
    const named = shipped.flatMap(({ path, text }) =>
      // A comment may cite where something comes from.
      [...text.replaceAll(/^\s*(\/?\*|\/\/|#).*$/gm, '').matchAll(/https?:\/\/([A-Za-z0-9.$-]+)/g)]
        .filter((match) => !allowed.test(match[1] ?? ''))
        .map((match) => `${path}: ${match[0]}`),
    );
    expect(named).toEqual([]);
  });
});
