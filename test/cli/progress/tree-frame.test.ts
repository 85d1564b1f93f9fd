import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyEvent, createRunView, type RunView } from '../../../cli/progress/run-view.ts';
import { treeFrame } from '../../../cli/progress/tree-frame.ts';
import { displayWidth } from '../../../cli/text/display-width.ts';
import { glyphsFor } from '../../../cli/text/glyphs.ts';
import { paintColours, paintNothing } from '../../../cli/text/paint.ts';
import { conduct } from '../rig/conduct.ts';

const log = ['Setting up libc6', 'Unpacking gcc-14 (14.2.0-12) from a path that is long', 'Selecting make'];

interface Size {
  readonly columns: number;
  readonly rows: number;
}

function frame(view: RunView, now: number, { columns, rows }: Size, env: Record<string, string> = {}): string[] {
  return treeFrame({
    view,
    columns,
    rows,
    now,
    paint: paintNothing,
    glyphs: glyphsFor(env),
    logTail: (_project, _step, count) => (count === 0 ? [] : log.slice(-count)),
  });
}

const text = (lines: readonly string[]): string => lines.join('\n');

const projects = {
  systree: ['empty-workspace', 'debootstrap unstable', 'create-artifact systree'],
  hello: ['create-systree systree', 'shell make'],
  docs: ['shell make docs'],
  lint: ['shell make lint'],
};
const needs = { hello: ['systree'], docs: ['hello', 'systree'] };

/** Two projects run, one of them at its second attempt; two wait. */
function underWay(): { view: RunView; now: number } {
  const view = createRunView();
  const build = conduct(projects, (event) => applyEvent(view, event), { needs });
  build.start();
  build.project('systree');
  build.step('systree', 1);
  build.pass(120);
  build.ends('systree', 1);
  build.step('systree', 2);
  build.project('lint');
  build.step('lint', 1);
  build.pass(500);
  build.ends('lint', 1, { type: 'failed', exitCode: 2 }, 'retry');
  build.step('lint', 1);
  build.pass(64_000);
  build.progress('systree', 2, { label: 'unpacking gcc-14', done: 119, total: 260 });
  return { view, now: build.now() };
}

describe('a build under way', () => {
  test('in 80 columns', () => {
    const { view, now } = underWay();
    expect(text(frame(view, now, { columns: 80, rows: 24 }))).toMatchInlineSnapshot(`
      "▶ systree                                                                 1m04s
        ✓ empty-workspace                                                        0.1s
        ▶ debootstrap unstable  ━━━━━━━╌╌╌╌╌╌╌╌╌ 45%  unpacking gcc-14          1m04s
          │ Setting up libc6
          │ Unpacking gcc-14 (14.2.0-12) from a path that is long
          │ Selecting make
        · create-artifact systree
      ▶ lint                                                                    1m04s
        ▶ shell make lint  attempt 2                                            1m04s
          │ Setting up libc6
          │ Unpacking gcc-14 (14.2.0-12) from a path that is long
          │ Selecting make
      · hello  waits for systree
      · docs  waits for hello, systree
      1m04s · 2 running · 2 waiting"
    `);
  });

  test('in 40 columns', () => {
    const { view, now } = underWay();
    expect(text(frame(view, now, { columns: 40, rows: 24 }))).toMatchInlineSnapshot(`
      "▶ systree                         1m04s
        ✓ empty-workspace                0.1s
        ▶ debootstrap unstab…  45%  un… 1m04s
          │ Selecting make
        · create-artifact systree
      ▶ lint                            1m04s
        ▶ shell make lint  attempt 2    1m04s
          │ Selecting make
      · hello  waits for systree
      · docs  waits for hello, systree
      1m04s · 2 running · 2 waiting"
    `);
  });

  test('in 200 columns, of which no more are used than a line can be read in', () => {
    const { view, now } = underWay();
    expect(text(frame(view, now, { columns: 200, rows: 24 }))).toMatchInlineSnapshot(`
      "▶ systree                                                                                                1m04s
        ✓ empty-workspace                                                                                       0.1s
        ▶ debootstrap unstable  ━━━━━━━╌╌╌╌╌╌╌╌╌ 45%  unpacking gcc-14                                         1m04s
          │ Setting up libc6
          │ Unpacking gcc-14 (14.2.0-12) from a path that is long
          │ Selecting make
        · create-artifact systree
      ▶ lint                                                                                                   1m04s
        ▶ shell make lint  attempt 2                                                                           1m04s
          │ Setting up libc6
          │ Unpacking gcc-14 (14.2.0-12) from a path that is long
          │ Selecting make
      · hello  waits for systree
      · docs  waits for hello, systree
      1m04s · 2 running · 2 waiting"
    `);
  });

  test('in ASCII', () => {
    const { view, now } = underWay();
    expect(text(frame(view, now, { columns: 80, rows: 24 }, { LANG: 'C' }))).toMatchInlineSnapshot(`
      "> systree                                                                 1m04s
        + empty-workspace                                                        0.1s
        > debootstrap unstable  =======--------- 45%  unpacking gcc-14          1m04s
          | Setting up libc6
          | Unpacking gcc-14 (14.2.0-12) from a path that is long
          | Selecting make
        . create-artifact systree
      > lint                                                                    1m04s
        > shell make lint  attempt 2                                            1m04s
          | Setting up libc6
          | Unpacking gcc-14 (14.2.0-12) from a path that is long
          | Selecting make
      . hello  waits for systree
      . docs  waits for hello, systree
      1m04s | 2 running | 2 waiting"
    `);
  });

  test('on fewer and fewer rows', () => {
    const { view, now } = underWay();
    const frames = [13, 10, 6, 4, 2].map((rows) => text(frame(view, now, { columns: 60, rows })));
    expect(frames.join('\n\n')).toMatchInlineSnapshot(`
      "▶ systree                                             1m04s
        ✓ empty-workspace                                    0.1s
        ▶ debootstrap unstable  45%  unpacking gcc-14       1m04s
          │ Selecting make
        · create-artifact systree
      ▶ lint                                                1m04s
        ▶ shell make lint  attempt 2                        1m04s
          │ Selecting make
      · hello  waits for systree
      · docs  waits for hello, systree
      1m04s · 2 running · 2 waiting

      ▶ systree                                             1m04s
        ▶ debootstrap unstable  45%  unpacking gcc-14       1m04s
          │ Selecting make
      ▶ lint                                                1m04s
        ▶ shell make lint  attempt 2                        1m04s
          │ Selecting make
      · hello  waits for systree
      · docs  waits for hello, systree
      1m04s · 2 running · 2 waiting

      ▶ systree  debootstrap unstable                       1m04s
      ▶ lint  shell make lint                               1m04s
      · hello  waits for systree
      · docs  waits for hello, systree
      1m04s · 2 running · 2 waiting

      ▶ systree  debootstrap unstable                       1m04s
      ▶ lint  shell make lint                               1m04s
      1m04s · 2 running · 2 waiting

      1m04s · 2 running · 2 waiting"
    `);
  });

  test('in colours says the same', () => {
    const { view, now } = underWay();
    const input = { view, now, columns: 80, rows: 24, glyphs: glyphsFor({}), logTail: () => [] };
    const coloured = treeFrame({ ...input, paint: paintColours });
    expect(coloured.join('')).toContain('\x1b[36m');
    expect(coloured.map((line) => stripVTControlCharacters(line))).toEqual(
      treeFrame({ ...input, paint: paintNothing }),
    );
  });
});

test('ended projects take a line each, and say why', () => {
  const view = createRunView();
  const build = conduct(projects, (event) => applyEvent(view, event), { needs });
  build.start();
  build.builds('lint', 700);
  build.project('systree');
  build.step('systree', 1);
  build.pass(2500);
  build.ends('systree', 1, { type: 'timed-out', timeoutMs: 2500 }, 'end');
  build.projectEnds('systree', 'failed');
  build.projectEnds('hello', 'skipped', 'systree');
  build.projectEnds('docs', 'skipped', 'hello');
  expect(text(frame(view, build.now(), { columns: 70, rows: 24 }))).toMatchInlineSnapshot(`
    "✓ lint  1 step                                                   0.7s
    ✗ systree  empty-workspace: timed out after 2.5 s                2.5s
    ⊘ hello  skipped: systree failed
    ⊘ docs  skipped: hello is not built
    3.2s · 1 failed · 2 skipped · 1 built"
  `);
});

test('who waits says for whom it still waits', () => {
  const view = createRunView();
  const build = conduct(projects, (event) => applyEvent(view, event), { needs });
  build.start();
  build.builds('systree');
  expect(text(frame(view, build.now(), { columns: 70, rows: 24 }).slice(1, 4))).toBe(
    '· hello  waits for its turn\n· docs  waits for hello\n· lint  waits for its turn',
  );
});

test('a step that failed and was passed over is told apart from one that was done', () => {
  const view = createRunView();
  const build = conduct(projects, (event) => applyEvent(view, event), { needs });
  build.start();
  build.project('hello');
  build.step('hello', 1);
  build.ends('hello', 1, { type: 'killed', signal: 'SIGSEGV' }, 'continue');
  build.step('hello', 2);
  expect(text(frame(view, build.now(), { columns: 70, rows: 24 }).slice(0, 3))).toMatchInlineSnapshot(`
    "▶ hello                                                          0.0s
      ✗ create-systree systree  killed by SIGSEGV                    0.0s
      ▶ shell make                                                   0.0s"
  `);
  build.ends('hello', 2);
  build.projectEnds('hello', 'built');
  expect(text(frame(view, build.now(), { columns: 70, rows: 24 }).slice(0, 1))).toMatchInlineSnapshot(
    `"✓ hello  2 steps, 1 failed and went on                           0.0s"`,
  );
});

describe('where there is no room, older ended projects are counted', () => {
  const many = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`p${index + 1}`, ['shell true']]));
  function manyEnded(): { view: RunView; now: number } {
    const view = createRunView();
    const build = conduct(many, (event) => applyEvent(view, event));
    build.start();
    for (let index = 1; index <= 30; index++) {
      if (index !== 5) {
        build.builds(`p${index}`);
        continue;
      }
      build.project('p5');
      build.step('p5', 1);
      build.ends('p5', 1, { type: 'failed', exitCode: 1 }, 'end');
      build.projectEnds('p5', 'failed');
    }
    build.project('p31');
    build.step('p31', 1);
    return { view, now: build.now() };
  }

  test('but for failures, which stay in sight', () => {
    const { view, now } = manyEnded();
    expect(text(frame(view, now, { columns: 60, rows: 16 }))).toMatchInlineSnapshot(`
      "✓ 24 built
      ✗ p5  shell true: exit status 1                        0.0s
      ✓ p26  1 step                                          1.0s
      ✓ p27  1 step                                          1.0s
      ✓ p28  1 step                                          1.0s
      ✓ p29  1 step                                          1.0s
      ✓ p30  1 step                                          1.0s
      ▶ p31                                                  0.0s
        ▶ shell true                                         0.0s
          │ Selecting make
      · p32  waits for its turn
      · p33  waits for its turn
      · p34  waits for its turn
        … 6 more waiting
      29s · 1 failed · 29 built · 1 running · 9 waiting"
    `);
  });

  test('and those that wait are counted too', () => {
    const { view, now } = manyEnded();
    expect(text(frame(view, now, { columns: 60, rows: 8 }))).toMatchInlineSnapshot(`
      "✓ 29 built  ✗ 1 failed
      ▶ p31                                                  0.0s
        ▶ shell true                                         0.0s
          │ Selecting make
      · p32  waits for its turn
        … 8 more waiting
      29s · 1 failed · 29 built · 1 running · 9 waiting"
    `);
  });
});

test('of 500 projects a screen shows what runs, what failed, and counts the others', () => {
  const many = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`p${index + 1}`, ['one', 'two']]));
  const view = createRunView();
  const build = conduct(many, (event) => applyEvent(view, event));
  build.start();
  for (let index = 1; index <= 300; index++) build.builds(`p${index}`);
  for (const name of ['p301', 'p302']) {
    build.project(name);
    build.step(name, 1);
  }
  build.ends('p301', 1, { type: 'failed', exitCode: 1 }, 'end');
  build.projectEnds('p301', 'failed');
  const lines = frame(view, build.now(), { columns: 80, rows: 24 });
  expect(lines).toHaveLength(23);
  expect(lines[0]).toMatch(/^✓ \d+ built$/);
  expect(text(lines)).toMatch(/^✗ p301 {2}one: exit status 1/m);
  expect(text(lines)).toMatch(/^▶ p302/m);
  expect(lines.at(-1)).toMatch(/1 failed · 300 built · 1 running · 198 waiting$/);
});

test('no frame is wider or taller than its terminal, whatever happens in whatever terminal', () => {
  const title = fc.string({ unit: fc.constantFrom('a', ' ', '漢', '\n', '\x1b', '🎉'), maxLength: 60 });
  const action = fc.record({
    type: fc.constantFrom(
      'project',
      'step',
      'ends',
      'fails',
      'retries',
      'waits',
      'progress',
      'built',
      'failed',
      'skipped',
    ),
    project: fc.nat({ max: 29 }),
    place: fc.integer({ min: 1, max: 3 }),
    done: fc.nat({ max: 300 }),
  });
  const size = fc.record({ columns: fc.integer({ min: 2, max: 130 }), rows: fc.integer({ min: 1, max: 30 }) });
  fc.assert(
    fc.property(
      fc.array(title, { minLength: 3, maxLength: 3 }),
      fc.array(action, { maxLength: 80 }),
      size,
      (titles, actions, size) => {
        const view = createRunView();
        const names = Array.from({ length: 30 }, (_, index) => `project-${index}`);
        const build = conduct(Object.fromEntries(names.map((name) => [name, titles])), (event) =>
          applyEvent(view, event),
        );
        build.start();
        for (const { type, project, place, done } of actions) {
          const name = `project-${project}`;
          build.pass(done * 1000);
          if (type === 'project') build.project(name);
          else if (type === 'step') build.step(name, place);
          else if (type === 'ends') build.ends(name, place);
          else if (type === 'fails')
            build.ends(name, place, { type: 'failed', exitCode: done, message: titles[0] ?? '' });
          else if (type === 'retries') build.ends(name, place, { type: 'killed', signal: 'SIGKILL' }, 'retry');
          else if (type === 'waits') build.waits(name, place, done * 1000);
          else if (type === 'progress') build.progress(name, place, { label: titles[1] ?? '', done, total: 200 });
          else build.projectEnds(name, type === 'built' || type === 'failed' ? type : 'skipped', 'project-1');
        }
        const lines = frame(view, build.now(), size);
        expect(lines.length).toBeLessThan(Math.max(2, size.rows));
        for (const line of lines) {
          expect(displayWidth(line)).toBeLessThan(size.columns);
          expect(line).not.toContain('\x1b');
        }
      },
    ),
  );
});
