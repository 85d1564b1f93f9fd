import { execFile } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Project } from '../../index.ts';
import { openTestStore, whatHostLacks } from '../supervisor/test-store.ts';
import type { Ended, TestStore } from '../supervisor/test-store.ts';

// These need a package mirror. They share one store: a system tree that an example before has made is not made again.
const examples = join(import.meta.dirname, '../../examples');
const lacks = await whatHostLacks();

describe.skipIf(lacks !== '')('the examples, in real containers', { timeout: 300_000 }, () => {
  let shelf: TestStore;
  beforeAll(async () => {
    shelf = await openTestStore();
  });
  afterAll(() => shelf.close());

  test('[A-06] [A-01] the embedding program builds hello, and prints what happens', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      join(examples, 'embed/main.ts'),
      join(examples, 'hello/build.yaml'),
      shelf.store,
    ]);
    expect(stdout).toContain('build-systree: made systree@1\n');
    expect(stdout).toMatch(/hello: built\nrun [0-9a-z]+: built\n$/);
    const run = shelf.supervisor.run();
    expect(run.state).toBe('built');
    const log = shelf.supervisor.logFile({ run: run.id, project: 'hello', step: '3' });
    expect(readFileSync(log, 'utf8')).toBe('hello, world, from security container\n');
  });

  test('[A-05] copy-source shows the container the tree as it is now', async () => {
    cpSync(join(examples, 'copy-source'), join(shelf.work, 'copy-source'), { recursive: true });
    writeFileSync(join(shelf.work, 'copy-source/notes/uncommitted.txt'), 'just now\n');
    const { result, log } = await build(shelf, join(shelf.work, 'copy-source'));
    expect(result).toBe('built');
    expect(log('count', '4')).toBe('./one.txt\n./two.txt\n./uncommitted.txt\n19\n');
  });

  test('[A-03] c-program is compiled in one container and tested in another', async () => {
    const { result, log } = await build(shelf, join(examples, 'c-program'));
    expect(result).toBe('built');
    expect(log('test', '5')).toMatch(/^ok no words\n[^]*all tests passed\n$/);
  });

  test('[A-04] debian-package is built without network, and installs', async () => {
    const { result, log } = await build(shelf, join(examples, 'debian-package'));
    expect(result).toBe('built');
    expect(log('package', '4')).toContain('dpkg-buildpackage: info: binary-only upload');
    expect(log('install', '4')).toContain('Greetings, reader!\n');
  });

  test('[A-02] design-note, word for word', async () => {
    const { result, log } = await build(shelf, join(examples, 'design-note'));
    expect(result).toBe('built');
    expect(log('hello', '3')).toBe('hello, world, from security container\n');
  });
});

/** Builds what an example's specification says, but for system trees that the store holds already. */
async function build({ supervisor }: TestStore, directory: string): Promise<Pick<Ended, 'result' | 'log'>> {
  const { projects } = parse(readFileSync(join(directory, 'build.yaml'), 'utf8')) as { projects: object[] };
  const held = new Set(supervisor.artifacts.list().map(({ name }) => name));
  const left = projects.filter((project) => {
    const text = JSON.stringify(project);
    return !(text.includes('"debootstrap"') && [...held].some((name) => text.includes(`"artifact-name":"${name}"`)));
  });
  const run = await supervisor.build({ value: { projects: left }, directory });
  const result = await run.result;
  const log = (project: Project['name'], step: string): string =>
    readFileSync(supervisor.logFile({ run: run.id, project, step }), 'utf8');
  return { result, log };
}
