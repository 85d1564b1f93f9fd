import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyEvent, createRunView, type RunView } from '../../../cli/progress/run-view.ts';
import { displayWidth } from '../../../cli/text/display-width.ts';
import { conduct } from '../rig/conduct.ts';
import { frame, text } from '../rig/frame.ts';

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
