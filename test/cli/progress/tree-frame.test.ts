import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { applyEvent, createRunView, type RunView } from '../../../cli/progress/run-view.ts';
import { treeFrame } from '../../../cli/progress/tree-frame.ts';
import { glyphsFor } from '../../../cli/text/glyphs.ts';
import { paintColours, paintNothing } from '../../../cli/text/paint.ts';
import { conduct } from '../rig/conduct.ts';
import { frame, text } from '../rig/frame.ts';

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
    expect(text(frame(view, now, { columns: 200, rows: 12 }))).toMatchInlineSnapshot(`
      "▶ systree                                                                                                1m04s
        ✓ empty-workspace                                                                                       0.1s
        ▶ debootstrap unstable  ━━━━━━━╌╌╌╌╌╌╌╌╌ 45%  unpacking gcc-14                                         1m04s
          │ Selecting make
        · create-artifact systree
      ▶ lint                                                                                                   1m04s
        ▶ shell make lint  attempt 2                                                                           1m04s
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
