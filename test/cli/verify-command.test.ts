import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { rmSync } from 'node:fs';
import type { Verification, VerifiedPart } from '../../index.ts';
import { command } from './rig/command.ts';

const varied = [
  { what: 'time', first: 1000, second: 5200 },
  { what: 'processors', first: 2, second: 1 },
] as const;
const look = { type: 'file', mode: 0o644, uid: 1000, gid: 1000, sizeBytes: 9, target: '' } as const;
const part: VerifiedPart = {
  type: 'artifact',
  name: 'hello',
  digests: ['a'.repeat(64), 'b'.repeat(64)],
  compared: 12,
  changes: [],
  timesDiffer: 2,
  times: ['one', 'two'],
  tooDeep: [],
  isCut: false,
};
const different: Verification = {
  project: 'hello',
  type: 'different',
  varied,
  parts: [
    {
      ...part,
      changes: [
        {
          type: 'changed',
          path: 'at',
          before: look,
          after: { ...look, mode: 0o600 },
          differs: ['mode', 'contents'],
          contents: {
            causes: ['time', 'number'],
            isLookedInto: true,
            offset: 9,
            line: { number: 12, before: 'at 9:59 \x1b[31m', after: 'at 10:00' },
          },
        },
        {
          type: 'changed',
          path: 'noise',
          before: look,
          after: look,
          differs: ['contents'],
          contents: { causes: [], isLookedInto: true, offset: 3 },
        },
        { type: 'added', path: 'tmpB', after: look, insteadOf: { path: 'tmpA', causes: ['random-name'] } },
        { type: 'removed', path: 'tmpA', before: look },
      ],
    },
  ],
  firstStep: { id: '3-shell', title: 'shell make', path: 'at' },
  advice: [
    { cause: 'time', means: 'a time', helps: `Leave ${'it '.repeat(40)}out.` },
    { cause: 'number', means: 'a number', helps: 'Take a seed.' },
    { cause: 'random-name', means: 'a random name', helps: 'Take a fixed one.' },
  ],
};

function verifying(verification: Verification) {
  const asked: unknown[] = [];
  const verify = (_: unknown, project: string, options: object) => {
    asked.push({ project, ...options, signal: undefined, onBuild: undefined, onCompare: undefined });
    return Promise.resolve(verification);
  };
  return { supervisor: { verify }, asked };
}

test('verify shows what differs, how, where it began and what helps', async () => {
  const { status, stdout } = await command('verify hello -', verifying(different));
  expect(status).toBe(1);
  expect(stdout).toMatchInlineSnapshot(`
    "✗ hello does not come out the same.
      The second build began 4.2s later and saw 1 processor instead of 2.

    artifact hello: 4 of 14 entries differ
      M  at  mode 0644 → 0600  a time, a number
           line 12  at 9:59 ␛[31m
                    at 10:00
      M  noise  other contents from byte 3 on
      A  tmpB  only in the second build, in the place of tmpA: a random name
      D  tmpA  only in the first build

    2 times of modification differ, which are no part of an artifact (--times shows of which).

    The first step to differ is 3-shell  shell make, in at

    What helps
      a time
        Leave it it it it it it it it it it it it it it it it it it it it it it it it it it it it it it
        it it it it it it it it it it out.
      a number
        Take a seed.
      a random name
        Take a fixed one.
      for the rest
        Look at what the first step to differ does there.

    → contractor verify hello - --keep   leaves both builds, to look into
    "
  `);
});

test('verify says that a project comes out the same, and shows times when they are asked for', async () => {
  const same: Verification = { project: 'hello', type: 'same', varied, parts: [part], advice: [] };
  const { status, stdout } = await command('verify hello - --times', verifying(same));
  expect(status).toBe(0);
  expect(stdout).toMatchInlineSnapshot(`
    "✓ hello comes out the same: artifact hello, 12 entries, digest aaaaaaaaaaaa….
      The second build began 4.2s later and saw 1 processor instead of 2.

    2 times of modification differ, which are no part of an artifact:
      T  one
      T  two
    "
  `);
});

test('verify tells a failed build apart from a difference, and a second one that failed from a first one', async () => {
  const failed = (build: 1 | 2): Verification => ({
    project: 'hello',
    type: 'build-failed',
    build,
    step: { id: '2-shell', title: 'shell make' },
    outcome: { type: 'failed', exitCode: 2 },
  });
  const first = await command('verify hello -', verifying(failed(1)));
  expect(first.status).toBe(1);
  expect(first.stdout).toContain('The first build of hello failed in 2-shell: exit status 2. Nothing was compared.');
  const second = await command('verify hello -', verifying(failed(2)));
  expect(second.stdout).toContain('The first build of hello succeeded, and the second failed in 2-shell');
});

test('verify ends with 130 when it is cancelled', async () => {
  expect(await command('verify hello -', verifying({ project: 'hello', type: 'cancelled' }))).toMatchObject({
    status: 130,
  });
});

test('verify --keep says where both builds are, and how to compare them', async () => {
  const kept = { store: '/store/verify/x1', runs: ['r1', 'r2'] };
  const given = verifying({ ...different, kept });
  const { stdout } = await command('verify hello - --keep', given);
  expect(given.asked).toEqual([{ project: 'hello', allowSources: [], keep: true }]);
  expect(stdout).toContain('→ contractor --store /store/verify/x1 diff r1:hello r2:hello [PATH]');
});

test('verify --json prints what was found and nothing of the builds', async () => {
  const { stdout } = await command('verify hello - --json', verifying(different));
  expect(JSON.parse(stdout)).toEqual(JSON.parse(JSON.stringify(different)));
});

test('verify takes its first word for a project, and asks for one where it is a specification', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'contractor-verify-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, 'build.yaml'), 'projects: []');
  const setting = { ...verifying(different), workingDirectory: directory };
  expect(await command('verify hello --json', setting)).toMatchObject({ status: 1, stderr: '' });
  const asked = await command('verify build.yaml', setting);
  expect(asked.status).toBe(2);
  expect(asked.stderr).toContain('`contractor verify PROJECT build.yaml`');
});
