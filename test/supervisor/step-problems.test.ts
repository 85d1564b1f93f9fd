import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { actionSet } from '../../actions/action-set.ts';
import { createSupervisor } from '../../supervisor/create-supervisor.ts';
import { parseSource } from '../../supervisor/spec-source.ts';
import { stepProblems } from '../../supervisor/step-problems.ts';
import { EXPIRES_AT, FINGERPRINT, KEY } from '../actions/sample-key.ts';
import { temporaryDirectory } from '../store/temporary-directory.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const actions = actionSet();
let work: string;

beforeAll(() => {
  work = temporaryDirectory();
  mkdirSync(join(work, 'spec'));
  writeFileSync(join(work, 'spec/good.asc'), KEY);
  writeFileSync(join(work, 'spec/text'), 'hello');
  writeFileSync(join(work, 'elsewhere'), 'hello');
});

/** A specification whose repository, in line 8, has these keys from line 10 on, each with its line and column. */
function specWith(keys: readonly string[]): { readonly text: string; readonly fileName: string } {
  const lines = ['projects:', '- project: p', '  actions:', '  - action: empty-workspace', '  - action: debootstrap'];
  const step = ['    suite: sid', '    repositories:', '    - url: https://x.example/debian', '      suite: stable'];
  return {
    text: [...lines, ...step, ...keys.map((key) => `      ${key}`), ''].join('\n'),
    fileName: join(work, 'spec/build.yaml'),
  };
}

function problemsOf(keys: readonly string[], now = EXPIRES_AT - DAY_MS): string[] {
  const place = { specDirectory: join(work, 'spec'), now, actions };
  const result = parseSource(specWith(keys), {
    heldArtifacts: new Set(),
    actions,
    findMore: (spec) => stepProblems(spec, place),
  });
  const problems = result.type === 'invalid' ? result.problems : [];
  return problems.map(({ code, line, column, message }) => `${code} ${line}:${column} ${message.replaceAll(work, '')}`);
}

const OF = 'the repository `https://x.example/debian stable main`';

describe('[A-255] validate finds what is wrong with a key, where the specification says it', () => {
  test.each([
    ['none', [], [`REPOSITORY_KEY 8:7 ${OF} has no key that signs it`]],
    [
      'a file that is not there',
      ['key: no.asc'],
      [
        `REPOSITORY_KEY 10:12 ${OF} names the key /spec/no.asc, which cannot be read: ENOENT: no such file or directory, open '/spec/no.asc'`,
      ],
    ],
    [
      'a file that is none',
      ['key: text'],
      [`REPOSITORY_KEY 10:12 ${OF} has a \`key\` that names a file without a public key, text`],
    ],
    [
      'a keyring that is not there',
      [`key: ${FINGERPRINT}`, 'keyring: /no/ring'],
      [
        `REPOSITORY_KEY 11:16 ${OF} names the key /no/ring, which cannot be read: ENOENT: no such file or directory, open '/no/ring'`,
      ],
    ],
    ['one that is right', ['key: good.asc'], []],
    ['one that lies elsewhere, of which a build asks first', ['key: ../elsewhere'], []],
  ])('%s', (_, keys, problems) => {
    expect(problemsOf(keys)).toEqual(problems);
  });

  test('a fingerprint that its keyring does not have', () => {
    const other = '00'.repeat(20);
    expect(problemsOf([`key: "${other}"`, `keyring: ${join(work, 'spec/good.asc')}`])).toEqual([
      `REPOSITORY_KEY 10:12 ${OF} is to be signed by the key ${other}, which /spec/good.asc does not have`,
    ]);
  });

  test('one that has expired', () => {
    const day = new Date(EXPIRES_AT).toISOString().slice(0, 10);
    expect(problemsOf(['key: good.asc'], EXPIRES_AT)).toEqual([
      `REPOSITORY_KEY 10:12 ${OF} is to be signed by the key ${FINGERPRINT}, which expired on ${day}`,
    ]);
  });

  test('of a mirror, and only when files are to be read', async () => {
    const supervisor = createSupervisor({ store: join(work, 'store') });
    try {
      const steps = [{ action: 'empty-workspace' }, { action: 'debootstrap', suite: 'sid', key: 'no.asc' }];
      const source = { value: { projects: [{ project: 'p', 'build-steps': steps }] }, directory: work };
      expect(supervisor.validate(source).type).toBe('parsed');
      expect(supervisor.validate(source, { files: true })).toMatchObject({
        type: 'invalid',
        problems: [{ code: 'REPOSITORY_KEY', suggestion: 'Correct the path.' }],
      });
    } finally {
      await supervisor.close();
    }
  });
});
