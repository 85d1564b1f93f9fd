import fc from 'fast-check';
import { expect, test } from 'vitest';
import { layeredLayout } from '../../../inspector/graph/layered-layout.ts';

const graphs = fc
  .record({
    count: fc.integer({ min: 1, max: 60 }),
    pairs: fc.array(fc.tuple(fc.nat(59), fc.nat(59)), { maxLength: 120 }),
  })
  .map(({ count, pairs }) => ({
    boxes: Array.from({ length: count }, (_, index) => ({
      id: `n${index}`,
      width: 40 + (index % 5) * 10,
      height: 20 + (index % 3) * 8,
    })),
    pairs: pairs.map(([from, to]) => [from % count, to % count] as const),
  }));
const gaps = { gapX: 30, gapY: 10 };

test('no two boxes touch, and all lie in the picture, cycles or not', () => {
  fc.assert(
    fc.property(graphs, ({ boxes, pairs }) => {
      const arrows = pairs.map(([from, to]) => ({ from: `n${from}`, to: `n${to}` }));
      const { width, height, places } = layeredLayout(boxes, arrows, gaps);
      const rects = boxes.map((box) => ({ ...box, ...places.get(box.id)! }));
      for (const [index, a] of rects.entries()) {
        expect(a.x >= -0.01 && a.y >= -0.01 && a.x + a.width <= width + 0.01 && a.y + a.height <= height + 0.01).toBe(
          true,
        );
        for (const b of rects.slice(index + 1)) {
          const apart =
            a.x + a.width <= b.x + 0.01 ||
            b.x + b.width <= a.x + 0.01 ||
            a.y + a.height <= b.y + 0.01 ||
            b.y + b.height <= a.y + 0.01;
          expect(apart, `${a.id} and ${b.id}`).toBe(true);
        }
      }
    }),
  );
});

test('without a cycle every arrow points to the right', () => {
  fc.assert(
    fc.property(graphs, ({ boxes, pairs }) => {
      const arrows = pairs
        .filter(([from, to]) => from !== to)
        .map(([from, to]) => ({ from: `n${Math.min(from, to)}`, to: `n${Math.max(from, to)}` }));
      const { places } = layeredLayout(boxes, arrows, gaps);
      for (const { from, to } of arrows) expect(places.get(from)!.x).toBeLessThan(places.get(to)!.x);
    }),
  );
});
