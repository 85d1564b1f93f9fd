import { expect, test } from 'vitest';
import { plainFace } from '../../../cli/progress/plain-face.ts';
import { quietFace } from '../../../cli/progress/quiet-face.ts';
import { jsonFace } from '../../../cli/progress/json-face.ts';
import type { Face, FaceOptions } from '../../../cli/progress/face.ts';
import type { BuildEvent } from '../../../index.ts';
import { conduct } from '../rig/conduct.ts';
import { faceOptions } from '../rig/face-options.ts';
import { capture } from '../rig/screen.ts';

// Plain lines begin with the local time of day.
process.env['TZ'] = 'UTC';

const projects = { systree: ['empty-workspace', 'debootstrap unstable'], hello: ['shell make'] };

function rig(makeFace: (options: FaceOptions) => Face) {
  const { output, text } = capture();
  const face = makeFace(faceOptions(output, { logFile: () => '/nonexistent/log' }));
  const events: BuildEvent[] = [];
  const build = conduct(projects, (event) => {
    events.push(event);
    face.handle(event);
  });
  return { build, face, events, text };
}

/** The first project is built after two attempts, the second fails. */
function failingBuild(build: ReturnType<typeof conduct>): void {
  build.start();
  build.project('systree');
  build.step('systree', 1);
  build.ends('systree', 1);
  build.step('systree', 2);
  build.pass(1000);
  build.ends('systree', 2, { type: 'timed-out', timeoutMs: 1000 }, 'retry');
  build.step('systree', 2);
  build.pass(64_000);
  build.ends('systree', 2);
  build.projectEnds('systree', 'built');
  build.project('hello');
  build.step('hello', 1);
  build.pass(400);
  build.ends('hello', 1, { type: 'failed', exitCode: 2 }, 'end');
  build.projectEnds('hello', 'failed');
  build.runEnds('failed');
}

/** An attempt, a wait of 7.99 s, and another attempt. */
function waitingBuild(build: ReturnType<typeof conduct>): void {
  build.start();
  build.project('systree');
  build.step('systree', 2);
  build.pass(1000);
  build.ends('systree', 2, { type: 'failed', exitCode: 100, temporary: true }, 'retry');
  build.waits('systree', 2, 7_990);
  build.pass(7_990);
  build.step('systree', 2);
}

test('plain: a line an event, and at a failure what helps', () => {
  const { build, text } = rig(plainFace);
  failingBuild(build);
  expect(text()).toMatchInlineSnapshot(`
    "00:00:00 run r1 of build.yaml started: 2 projects
    00:00:00 systree  started
    00:00:00 systree/1-empty-workspace  started: empty-workspace
    00:00:00 systree/1-empty-workspace  succeeded (0.0s)
    00:00:00 systree/2-debootstrap  started: debootstrap unstable
    00:00:01 systree/2-debootstrap  failed: timed out after 1 s (1.0s), will be tried again
    00:00:01 systree/2-debootstrap  started: debootstrap unstable  attempt 2
    00:01:05 systree/2-debootstrap  succeeded (1m04s)
    00:01:05 systree  built (1m05s)
    00:01:05 hello  started
    00:01:05 hello/1-shell  started: shell make
    00:01:05 hello/1-shell  failed: exit status 2 (0.4s)
    ✗ hello/1-shell  shell make  exit status 2
      whole log: /nonexistent/log
      → contractor logs r1:hello:1-shell
      → contractor diff r1:hello:1-shell
      → contractor shell r1:hello:1-shell
    00:01:05 hello  failed (0.4s)
    00:01:05 1 of 2 projects failed, after 1m05s.
    → contractor status r1
    "
  `);
});

test('plain: limits that are only watched are told as a build begins, and of one that was hit how to raise it', () => {
  const { build, text } = rig(plainFace);
  build.tell({
    type: 'run-started',
    specName: 'build.yaml',
    resumed: false,
    projects: [{ name: 'hello', dependsOn: [], steps: [{ id: '1-shell', title: 'shell make' }], stepsDone: 0 }],
    unenforced: (['memory', 'processes'] as const).map((limit) => ({
      limit,
      mechanism: 'watching',
      scope: 'step',
      isEnforced: false,
    })),
  });
  build.project('hello');
  build.step('hello', 1);
  build.ends('hello', 1, { type: 'limit-hit', limit: 'memory', value: 2 ** 30, unit: 'bytes', peak: 2 ** 30 }, 'end');
  expect(text().split('\n')).toEqual(
    expect.arrayContaining([
      'This host only watches the limits `memory`, `processes`. What would enforce them: contractor doctor',
      '00:00:00 hello/1-shell  failed: memory limit of 1 GiB hit (peak 1 GiB) (0.0s)',
      '  → If the step needs more, raise it: `limits: { memory: 2G }` in the step, in its project or at the top.',
    ]),
  );
});

test('plain: projects that ask for another host are told together, by what they ask for', () => {
  const { build, text } = rig(plainFace);
  const label = { type: 'label', wanted: 'gpu' } as const;
  const memory = { type: 'memory', wantedBytes: 2 ** 34, hasBytes: 2 ** 33 } as const;
  build.tell({
    type: 'run-started',
    specName: 'build.yaml',
    resumed: false,
    projects: [],
    elsewhere: [
      { project: 'a', missing: [label] },
      { project: 'b', missing: [memory, label] },
    ],
  });
  expect(text().split('\n')).toEqual(
    expect.arrayContaining([
      'a and 1 more are to run on a host with the label `gpu`, which this one does not have: built here all the same.',
      'b is to run on a host with 16 GiB of memory, which this one does not have: built here all the same.',
    ]),
  );
});

test('plain: a wait is told with its length and what comes after it', () => {
  const { build, text } = rig(plainFace);
  waitingBuild(build);
  expect(text().split('\n').slice(3, 6)).toEqual([
    '00:00:01 systree/2-debootstrap  failed: exit status 100 (1.0s), will be tried again',
    '00:00:01 systree/2-debootstrap  waiting 8 s before attempt 2',
    '00:00:08 systree/2-debootstrap  started: debootstrap unstable  attempt 2',
  ]);
});

test('plain: progress is told at most every ten seconds', () => {
  const { build, text } = rig(plainFace);
  build.start();
  build.project('systree');
  build.step('systree', 2);
  for (let done = 0; done <= 260; done++) {
    build.progress('systree', 2, { label: 'unpacking', done, total: 260 });
    build.pass(100);
  }
  expect(
    text()
      .split('\n')
      .filter((line) => line.includes('unpacking')),
  ).toEqual([
    '00:00:10 systree/2-debootstrap  unpacking: 38% (100 of 260)',
    '00:00:20 systree/2-debootstrap  unpacking: 76% (200 of 260)',
  ]);
});

test('plain: what steers a terminal does not get through', () => {
  const { build, text } = rig(plainFace);
  build.start((project) => ({ ...project, steps: [{ id: '1-shell', title: '\x1b]0;x\x07a\nb\u202e' }] }));
  build.step('hello', 1);
  expect(text()).toContain('started: a b�\n');
});

test('quiet: nothing of a wait', () => {
  const { build, text } = rig(quietFace);
  waitingBuild(build);
  expect(text()).toBe('');
});

test('quiet: nothing but what fails', () => {
  const { build, text } = rig(quietFace);
  build.start();
  build.builds('systree');
  build.builds('hello');
  build.runEnds('built');
  expect(text()).toBe('');
  failingBuild(build);
  expect(text()).toMatchInlineSnapshot(`
    "✗ hello/1-shell  shell make  exit status 2, in attempt 2
      whole log: /nonexistent/log
      → contractor logs r1:hello:1-shell
      → contractor diff r1:hello:1-shell
      → contractor shell r1:hello:1-shell
    1 of 2 projects failed, after 1m08s.
    → contractor status r1
    "
  `);
});

test('json: every event as it is, one a line', () => {
  const { build, face, events, text } = rig(jsonFace);
  failingBuild(build);
  waitingBuild(build);
  build.progress('systree', 2, { label: 'x' });
  face.notice('cancelling …');
  face.end();
  expect(
    text()
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line)),
  ).toEqual(events);
});

test('plain lines say why a project is built, but of one that was never built, and one line when there is nothing to build', () => {
  const { face, text } = rig(plainFace);
  const common = { run: 'r', at: 0, seq: 1 };
  const outline = { dependsOn: [], steps: [{ id: '1-shell', title: 'shell' }], stepsDone: 1 };
  face.handle({
    ...common,
    type: 'run-started',
    specName: 'x',
    resumed: false,
    projects: [{ ...outline, name: 'p', stepsDone: 0 }],
  });
  const begun = { ...common, type: 'project-started', project: 'p' } as const;
  face.handle({ ...begun, because: { step: '1-shell', cause: { type: 'first-time' } } });
  face.handle({ ...begun, because: { step: '1-shell', cause: { type: 'never-cached' } } });
  expect(text()).toContain('p  started\n');
  expect(text()).toContain('p  started from 1-shell: it says `cache: never`\n');

  const other = rig(plainFace);
  const current = { ...outline, name: 'p', result: 'built', isCurrent: true } as const;
  other.face.handle({ ...common, type: 'run-started', specName: 'x', resumed: false, projects: [current] });
  other.face.handle({ ...common, type: 'run-ended', result: 'built', durationMs: 1 });
  expect(other.text()).toBe('00:00:00 Nothing to build: 1 project, 1 step is up to date.\n');
});
