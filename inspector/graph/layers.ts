import type { Arrow, Box } from './box.ts';

/** The boxes by the longest way to each. Arrows that close a cycle, and those to a box itself, do not count. */
export function layersOf(boxes: readonly Box[], arrows: readonly Arrow[]): string[][] {
  const onward = new Map<string, string[]>(boxes.map(({ id }) => [id, []]));
  for (const { from, to } of arrows) if (from !== to && onward.has(to)) onward.get(from)?.push(to);
  const order = endsFirst(onward);
  const depths = new Map<string, number>();
  const layers: string[][] = [];
  for (const id of order.toReversed()) {
    const depth = depths.get(id) ?? 0;
    (layers[depth] ??= []).push(id);
    for (const next of onward.get(id) ?? []) depths.set(next, Math.max(depths.get(next) ?? 0, depth + 1));
  }
  // In the order in which they were given, where nothing else says one.
  const place = new Map(boxes.map(({ id }, index) => [id, index]));
  return layers.map((layer) => layer.toSorted((a, b) => (place.get(a) ?? 0) - (place.get(b) ?? 0)));
}

/** Each box after all that it leads to; an arrow back to one under way is taken out. No recursion: chains are long. */
function endsFirst(onward: Map<string, string[]>): string[] {
  const state = new Map<string, 'under way' | 'done'>();
  const order: string[] = [];
  for (const start of onward.keys()) {
    if (state.has(start)) continue;
    const stack = [{ id: start, at: 0 }];
    state.set(start, 'under way');
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const ways = onward.get(top.id) ?? [];
      const next = ways[top.at];
      if (next === undefined) {
        state.set(top.id, 'done');
        order.push(top.id);
        stack.pop();
      } else if (state.get(next) === 'under way') {
        ways.splice(top.at, 1);
      } else {
        top.at += 1;
        if (!state.has(next)) {
          state.set(next, 'under way');
          stack.push({ id: next, at: 0 });
        }
      }
    }
  }
  return order;
}
