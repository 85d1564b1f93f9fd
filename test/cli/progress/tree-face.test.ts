import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { FaceOptions } from '../../../cli/progress/face.ts';
import { treeFace } from '../../../cli/progress/tree-face.ts';
import { conduct } from '../rig/conduct.ts';
import { faceOptions } from '../rig/face-options.ts';
import { screen } from '../rig/screen.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'contractor-face-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const projects = { systree: ['empty-workspace', 'create-artifact systree'], hello: ['shell make'] };

function rig(lastDurations: FaceOptions['lastDurations'] = () => []) {
  const terminal = screen({ columns: 70, rows: 40 });
  const asked: string[] = [];
  const face = treeFace(
    faceOptions(terminal.output, {
      now: () => build.now(),
      logFile: ({ project, step }) => {
        asked.push(`${project}/${step}`);
        return join(directory, 'log');
      },
      lastDurations,
    }),
  );
  const build = conduct(projects, (event) => face.handle(event), { needs: { hello: ['systree'] } });
  return { terminal, face, build, asked, text: () => terminal.lines().join('\n') };
}

test('events alone draw nothing, ticks do', () => {
  const { build, face, terminal, text } = rig();
  build.start();
  const before = terminal.writes();
  build.project('systree');
  build.step('systree', 1);
  expect(terminal.writes()).toBe(before);
  face.tick?.();
  expect(text()).toContain('▶ empty-workspace');
});

test('the last lines of the running step are read anew at each tick, from a file asked for once', () => {
  const { build, face, asked, text } = rig();
  build.start();
  build.project('hello');
  build.step('hello', 1);
  face.tick?.();
  writeFileSync(join(directory, 'log'), 'one\ntwo\n\x1b[31mthree\x1b[0m\n10%\r20%\r');
  face.tick?.();
  expect(text()).toContain('    │ three\n    │ 10%\n    │ 20%\n');
  writeFileSync(join(directory, 'log'), 'one\ntwo\nthree\nfour\n');
  face.tick?.();
  expect(text()).toContain('    │ two\n    │ three\n    │ four\n');
  expect(asked).toEqual(['hello/1-shell']);
});

test('[A-111] a running step has a bar by how long it took last time, until it takes longer', () => {
  const { build, face, text } = rig(() => [
    { project: 'systree', step: '2-create-artifact', durationMs: 10_000 },
    { project: 'systree', step: '1-empty-workspace', durationMs: 10 },
  ]);
  build.start();
  build.project('systree');
  build.step('systree', 1);
  face.tick?.();
  expect(text()).not.toContain('last time');
  build.ends('systree', 1);
  build.step('systree', 2);
  build.pass(4500);
  face.tick?.();
  expect(text()).toContain('45%  last time 10s');
  build.pass(6000);
  face.tick?.();
  expect(text()).toContain('create-artifact systree  last time 10s');
  expect(text()).not.toContain('%');
});

test('[A-111] the end names the slowest steps', () => {
  const { build, face, text } = rig();
  build.start();
  build.project('systree');
  for (const [index, ms] of [3000, 12_000].entries()) {
    build.step('systree', index + 1);
    build.pass(ms);
    build.ends('systree', index + 1);
  }
  build.projectEnds('systree', 'built');
  build.builds('hello', 1000);
  build.runEnds('built');
  face.end();
  expect(text()).toContain('slowest  systree/2-create-artifact 12s, systree/1-empty-workspace 3.0s\nBuilt 2 projects');
});

test('a step that waits counts down to its next attempt, and says why', () => {
  const { build, face, text } = rig();
  build.start();
  build.project('hello');
  build.step('hello', 1);
  build.ends('hello', 1, { type: 'failed', exitCode: 100, temporary: true }, 'retry');
  build.waits('hello', 1, 8_000);
  face.tick?.();
  expect(text()).toContain('  ▶ shell make  waiting 8 s before attempt 2 (exit status 100)');
  build.pass(6_500);
  face.tick?.();
  expect(text()).toContain('  ▶ shell make  waiting 2 s before attempt 2 (exit status 100)');
  build.start(undefined, true);
  build.project('hello');
  build.waits('hello', 1, 1_000);
  face.tick?.();
  expect(text()).toMatch(/ {2}▶ shell make {2}waiting 1 s before attempt 2$/m);
});

test('a build that is built leaves its tree, what it published, and a sentence', () => {
  const { build, face, text } = rig();
  build.start();
  build.project('systree');
  build.step('systree', 1);
  build.pass(100);
  build.ends('systree', 1);
  build.step('systree', 2);
  face.tick?.();
  build.pass(1200);
  const digest = 'f00';
  const common = { project: 'systree', step: '2-create-artifact', digest, files: 3100, sizeBytes: 99_000_000 };
  build.tell({ type: 'artifact-published', artifact: 'systree', version: 2, isNew: true, dropped: [], ...common });
  build.tell({
    type: 'artifact-published',
    artifact: 'same',
    version: 1,
    isNew: false,
    dropped: [{ path: 'run/s', type: 'socket' }],
    ...common,
    files: 1,
  });
  build.ends('systree', 2);
  build.projectEnds('systree', 'built');
  face.tick?.();
  build.builds('hello', 500);
  build.runEnds('built');
  face.end();
  expect(text()).toMatchInlineSnapshot(`
    "run r1  build.yaml
    ✓ systree  2 steps                                               1.3s
      ✓ empty-workspace                                              0.1s
      ✓ create-artifact systree                                      1.2s
    ✓ hello  1 step                                                  0.5s
      ✓ shell make                                                   0.5s

    systree@2  new, 3100 files, 99 MB
    same@1  unchanged, 1 file, 99 MB, left out socket run/s

    Built 2 projects in 1.8s.
    "
  `);
});

test('a build that failed leaves, of each failure, the last lines and the commands that help', () => {
  const { build, face, text } = rig();
  const lines = Array.from({ length: 30 }, (_, index) => `line ${index + 1}`);
  writeFileSync(join(directory, 'log'), `${lines.join('\n')}\n\x1b]0;owned\x07cc: not found\n`);
  build.start();
  build.builds('systree', 200);
  build.project('hello');
  build.step('hello', 1);
  build.ends('hello', 1, { type: 'failed', exitCode: 1 }, 'retry');
  build.step('hello', 1);
  build.pass(300);
  build.ends('hello', 1, { type: 'failed', exitCode: 127, hint: 'Install a compiler in the system tree.' }, 'end');
  face.tick?.();
  build.projectEnds('hello', 'failed');
  build.runEnds('failed');
  face.end();
  expect(text().replaceAll(directory, '/store')).toMatchInlineSnapshot(`
    "run r1  build.yaml
    ✓ systree  2 steps                                               0.4s
      ✓ empty-workspace                                              0.2s
      ✓ create-artifact systree                                      0.2s
    ✗ hello  failed                                                  0.3s
      ✗ shell make  attempt 2  exit status 127                       0.3s

    ✗ hello/1-shell  shell make  exit status 127, in attempt 2
      │ line 12
      │ line 13
      │ line 14
      │ line 15
      │ line 16
      │ line 17
      │ line 18
      │ line 19
      │ line 20
      │ line 21
      │ line 22
      │ line 23
      │ line 24
      │ line 25
      │ line 26
      │ line 27
      │ line 28
      │ line 29
      │ line 30
      │ cc: not found
      → Install a compiler in the system tree.
      whole log: /store/log
      → contractor logs r1:hello:1-shell
      → contractor diff r1:hello:1-shell
      → contractor shell r1:hello:1-shell

    1 of 2 projects failed, after 0.7s.
    → contractor status r1
    "
  `);
});

test('a cancelled build says so, and shows what had not begun', () => {
  const { build, face, text } = rig();
  build.start();
  build.project('systree');
  build.step('systree', 1);
  face.notice('cancelling …');
  expect(text()).toContain('cancelling …');
  build.pass(400);
  build.ends('systree', 1, { type: 'cancelled' });
  build.projectEnds('systree', 'cancelled');
  build.runEnds('cancelled');
  face.end();
  expect(text()).toMatchInlineSnapshot(`
    "run r1  build.yaml
    ■ systree  cancelled                                             0.4s
      ■ empty-workspace  cancelled                                   0.4s
      · create-artifact systree
    · hello  not started

    Cancelled after 0.4s.
    "
  `);
});

test('a paused project is drawn as paused, where and why, and the end says that somebody has to decide', () => {
  const { build, face, text } = rig();
  build.start();
  build.project('hello');
  build.step('hello', 1);
  build.ends('hello', 1, { type: 'failed', exitCode: 2 }, 'end');
  build.tell({ type: 'project-paused', project: 'hello', step: '1-shell', because: 'failure' });
  build.project('systree');
  build.tell({ type: 'project-paused', project: 'systree', step: '2-create-artifact', because: 'break' });
  build.pass(1500);
  face.tick?.();
  expect(text()).toMatch(/^‖ hello {2}paused at shell make: exit status 2/m);
  expect(text()).toMatch(/^‖ systree {2}paused before create-artifact syst/m);
  expect(text()).toMatch(/· 2 paused/);
  face.end();
  expect(text()).toMatch(/^‖ hello {2}paused *\n {2}✗ shell make {2}exit status 2/m);
  expect(text()).toContain('Paused after 1.5s: 2 of 2 projects to decide on.');
});

test('what was made by hand is said, and what had ended has not any more', () => {
  const { build, face, text } = rig();
  build.start();
  build.project('hello');
  build.step('hello', 1);
  build.ends('hello', 1, { type: 'failed', exitCode: 2 }, 'end');
  build.projectEnds('hello', 'failed');
  build.runEnds('failed');
  build.step('hello', 1);
  build.ends('hello', 1, { type: 'succeeded', byHand: true });
  face.end();
  expect(text()).toMatch(/^■ hello {2}interrupted/m);
  expect(text()).not.toContain('1 of 2 projects failed');
});
