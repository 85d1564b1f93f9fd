import { mkdirSync, realpathSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { actionSet } from '../../actions/action-set.ts';
import { assertSourcesInside } from '../../supervisor/check-sources.ts';
import { specOf } from '../../supervisor/spec-source.ts';
import { temporaryDirectory } from '../store/temporary-directory.ts';

const actions = actionSet();
let top: string;
beforeEach(() => {
  top = realpathSync(temporaryDirectory());
  for (const path of [
    'home/.git',
    'home/secrets',
    'home/code/tool/.git',
    'home/code/tool/ci/src',
    'home/code/loose/src',
  ]) {
    mkdirSync(join(top, path), { recursive: true });
  }
  symlinkSync(join(top, 'home/secrets'), join(top, 'home/code/tool/ci/link'));
  symlinkSync(join(top, 'home/code/tool/ci/src'), join(top, 'home/code/tool/ci/within'));
});

function check(directory: string, step: object, allowed: readonly string[] = []): void {
  const { projects } = specOf(
    { value: { projects: [{ project: 'p', actions: [step] }] } },
    { heldArtifacts: new Set(), actions },
  );
  const specDirectory = join(top, directory);
  assertSourcesInside(
    projects,
    { specDirectory, allowed: allowed.map((path) => join(top, path)), actions },
    join(top, 'home'),
  );
}

const copy = (path: string): object => ({ action: 'copy-source', path });
const clone = (url: string): object => ({ action: 'git', url });

describe('[A-93] a specification may copy from', () => {
  test.for([
    ['its own directory', 'home/code/loose', copy('.')],
    ['a directory in it', 'home/code/loose', copy('src')],
    ['the repository around it', 'home/code/tool/ci', copy('..')],
    ['what a link leads to in there', 'home/code/tool/ci', copy('within')],
    ['nowhere yet', 'home/code/loose', copy('not-there')],
    ['a repository in its own', 'home/code/tool/ci', clone('..')],
    ['a server', 'home/code/loose', clone('https://example.test/x')],
  ] as const)('%s', ([, directory, step]) => {
    expect(() => check(directory, step)).not.toThrow();
  });
});

describe('[A-93] a specification may not, unless the user says so, copy from', () => {
  test.for([
    ['above its directory', 'home/code/loose', copy('../..'), 'home'],
    ['beside its directory', 'home/code/loose', copy('../tool'), 'home/code/tool'],
    ['above its repository', 'home/code/tool/ci', copy('../../loose'), 'home/code/loose'],
    ['where a link of its repository leads', 'home/code/tool/ci', copy('link'), 'home/secrets'],
    ['a home that is a repository', 'home/code/loose', copy('../../secrets'), 'home/secrets'],
    ['a repository elsewhere', 'home/code/loose', clone('../tool'), 'home/code/tool'],
    ['above a directory that is not there', 'home/code/none', copy('..'), 'home/code'],
  ] as const)('%s', ([, directory, step, outside]) => {
    expect(() => check(directory, step)).toThrow(
      expect.objectContaining({
        code: 'SOURCE_OUTSIDE',
        message: expect.stringContaining(`which is ${join(top, outside)}`) as string,
        mend: `If that is right, say so: \`--allow-source ${join(top, outside)}\`.`,
      }) as Error,
    );
    expect(() => check(directory, step, [outside])).not.toThrow();
  });
});
