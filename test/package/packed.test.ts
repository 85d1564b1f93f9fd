import { execFileSync, spawn, spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = dirname(dirname(import.meta.dirname));
const nodeModules = join(root, 'node_modules');
let directory: string;
let tarball: string;

/** npm under `npm test` inherits settings that name the checkout; this one shall know nothing of it. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^npm_(?!config_)|^npm_config_(local_)?prefix$|^INIT_CWD$|^NODE_ENV$|^VITEST/.test(name),
  ),
);

/** What a command says; its failure is this test's. */
const run = (command: string, ...argv: string[]): string =>
  execFileSync(command, argv, {
    cwd: directory,
    env: environment,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });

const contractor = (...argv: string[]): SpawnSyncReturns<string> =>
  spawnSync(join(directory, 'node_modules/.bin/contractor'), argv, {
    cwd: directory,
    env: environment,
    encoding: 'utf8',
  });

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'contractor-package-'));
  mkdirSync(join(directory, 'packed'));
  run('npm', 'pack', '--silent', '--pack-destination', join(directory, 'packed'), root);
  tarball = join(directory, 'packed', readdirSync(join(directory, 'packed'))[0]!);
  writeFileSync(join(directory, 'package.json'), '{ "private": true, "type": "module" }\n');
  run(
    'npm',
    'install',
    '--silent',
    '--omit=dev',
    '--no-audit',
    '--no-fund',
    '--prefer-offline',
    '--engine-strict=false',
    tarball,
  );
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

test('ships dist, the licence and the manual, and nothing else', () => {
  const names = run('tar', '-tzf', tarball).trim().split('\n');
  const others = names.filter(
    (name) =>
      !/^package\/(dist\/.*\.(js|d\.ts|json|pl|pm)|dist\/inspector\/page\/page\.(html|css)|dist\/THIRD_PARTY_LICENSES|package\.json|README\.md|LICENSE)$/.test(
        name,
      ),
  );
  expect(others).toEqual([]);
  expect(names).toEqual(expect.arrayContaining(['package/LICENSE', 'package/dist/spec-schema/spec.schema.json']));
});

test('ships the licences of the packages that are part of its own files', () => {
  const licences = readFileSync(join(directory, 'node_modules/contractor/dist/THIRD_PARTY_LICENSES'), 'utf8');
  const parts = licences.split(/^(?=\S+ [\d.]+ \(\S+\)$)/m);
  const names = parts.map((part) => part.split(' ')[0]);
  expect(names).toEqual(expect.arrayContaining(['aws4fetch', 'commander', 'execa', 'nanoid', 'xstate', 'yaml']));
  for (const part of parts) expect(part).toMatch(/^ *Copyright /m);
});

test('[A-230] has what a bucket is asked with', () => {
  const line = ['artifact', 'prune', 's3://builds', '--endpoint', 'http://127.0.0.1:2'];
  const keys = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
  const { status, stderr } = spawnSync(join(directory, 'node_modules/.bin/contractor'), ['--store', 'store', ...line], {
    cwd: directory,
    env: { ...environment, ...keys },
    encoding: 'utf8',
  });
  expect(stderr).toContain('s3://builds cannot be reached: connect ECONNREFUSED 127.0.0.1:2');
  expect(status).toBe(1);
});

test('finds the programs that it starts, and the page that it serves', () => {
  const chunks = join(directory, 'node_modules/contractor/dist/chunks');
  const texts = readdirSync(chunks).map((name) => readFileSync(join(chunks, name), 'utf8'));
  const programs = texts.flatMap((text) => [...text.matchAll(/new URL\([`"]([^`"]+)[`"], import\.meta\.url/g)]);
  const paths = programs.map(([, path = '']) => path.replace('${extension}', 'js'));
  expect(paths.toSorted()).toEqual([
    '../inspector/page/page.css',
    '../inspector/page/page.html',
    '../inspector/page/page.js',
    '../sandbox/cut-off.pl',
    '../sandbox/keeper.pl',
    '../store/tree-worker.js',
    '../supervisor/spec-worker.js',
  ]);
  expect(paths.filter((path) => !existsSync(join(chunks, path)))).toEqual([]);
});

test('is a package that every tool can resolve', async () => {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string, unknown>;
  const { messages } = await publint({ pkgDir: join(directory, 'node_modules/contractor'), strict: true, pack: false });
  expect(messages.map((message) => formatMessage(message, manifest, { color: false }))).toEqual([]);
});

test('says its version', () => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const { status, stdout } = contractor('--version');
  expect({ status, stdout: stdout.trim() }).toEqual({ status: 0, stdout: version });
});

test('validates a specification, and names what is wrong with one', () => {
  writeFileSync(
    join(directory, 'good.yaml'),
    'projects:\n  - project: hello\n    build-steps:\n      - action: empty-workspace\n',
  );
  writeFileSync(
    join(directory, 'bad.yaml'),
    'projects:\n  - project: hello\n    build-steps:\n      - action: empty-workspac\n',
  );
  expect(contractor('validate', 'good.yaml')).toMatchObject({ status: 0 });
  const refused = contractor('validate', 'bad.yaml');
  expect(refused.status).toBe(2);
  expect(`${refused.stdout}${refused.stderr}`).toContain('empty-workspace');
});

test.each([
  ['spec', 'spec-schema/spec.schema.json'],
  ['events', 'supervisor/event.schema.json'],
])('prints the schema of %s that it also exports', (of, path) => {
  const { status, stdout } = contractor('schema', of);
  expect(status).toBe(0);
  const exported: unknown = JSON.parse(readFileSync(join(directory, 'node_modules/contractor/dist', path), 'utf8'));
  expect(JSON.parse(stdout)).toEqual(exported);
});

test('serves the page of the inspector', async () => {
  const inspecting = spawn(join(directory, 'node_modules/.bin/contractor'), ['--store', 'store', 'inspect'], {
    cwd: directory,
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [line] = (await once(inspecting.stdout, 'data')) as [Buffer];
    const address = line.toString().split('\n')[0] ?? '';
    expect(await (await fetch(address)).text()).toContain('<script src="page.js"');
    expect(await (await fetch(`${address}page.js`)).text()).toContain('EventSource');
    expect((await fetch(`${address}page.css`)).status).toBe(200);
  } finally {
    inspecting.kill('SIGINT');
    await once(inspecting, 'exit');
  }
});

test('is a typed library', () => {
  writeFileSync(
    join(directory, 'embed.ts'),
    `import { createSupervisor } from 'contractor';\nconsole.log(typeof createSupervisor);\n`,
  );
  const types = join(nodeModules, '@types');
  run(
    join(nodeModules, '.bin/tsc'),
    '--noEmit',
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2024',
    '--lib',
    'es2024,esnext.disposable',
    '--typeRoots',
    types,
    '--types',
    'node',
    'embed.ts',
  );
  expect(run('node', 'embed.ts').trim()).toBe('function');
});
