import { expect, test } from 'vitest';
import { applyEvent, createRunView } from '../../../cli/progress/run-view.ts';
import { treeFrame } from '../../../cli/progress/tree-frame.ts';
import { glyphsFor } from '../../../cli/text/glyphs.ts';
import { paintNothing } from '../../../cli/text/paint.ts';
import { conduct } from '../rig/conduct.ts';

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
  const size = { columns: 80, rows: 24, now: build.now(), paint: paintNothing, glyphs: glyphsFor({}) };
  const lines = treeFrame({ view, ...size, logTail: () => [] });
  expect(lines).toHaveLength(23);
  expect(lines[0]).toMatch(/^✓ \d+ built$/);
  expect(lines.join('\n')).toMatch(/^✗ p301 {2}one: exit status 1/m);
  expect(lines.join('\n')).toMatch(/^▶ p302/m);
  expect(lines.at(-1)).toMatch(/1 failed · 300 built · 1 running · 198 waiting$/);
});
