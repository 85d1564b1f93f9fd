import { layeredLayout } from '../graph/layered-layout.ts';
import { svg } from './dom.ts';
import { activePaths, waysOf, type ForeignMachine, type ForeignWay, type StateNode } from './foreign-machines.ts';

const HEAD = 26;
const PAD = 14;
const GAPS = { gapX: 84, gapY: 22 };

interface Placed {
  readonly path: string;
  readonly name: string;
  readonly node: StateNode;
  readonly width: number;
  readonly height: number;
  readonly children: readonly (Placed & { readonly x: number; readonly y: number })[];
}

/** The statechart of any machine: states in states, the active ones lit. */
export function foreignChart({ name, definition, value }: ForeignMachine): SVGElement {
  const active = new Set(activePaths(value));
  const ways = waysOf(definition);
  const whole = placed('', name, definition, ways);
  const boxes = new Map<string, { x: number; y: number; width: number; height: number }>();
  const states = drawn(whole, { x: 0, y: 0 });
  const words = Map.groupBy(
    ways.filter(({ from, to }) => boxes.has(from) && boxes.has(to)),
    ({ from, to }) => `${from}\n${to}`,
  );
  const arrows = [...words.values()].map((same) => arrow(same));
  return svg(
    'svg',
    {
      viewBox: `-4 -4 ${whole.width + 8} ${whole.height + 8}`,
      width: whole.width + 8,
      height: whole.height + 8,
      role: 'img',
      'aria-label': `State machine of ${name}; active: ${[...active].join(', ') || 'nothing'}`,
    },
    svg(
      'defs',
      {},
      svg(
        'marker',
        {
          id: 'tip-foreign',
          class: 'tip',
          viewBox: '0 0 8 8',
          refX: 6,
          refY: 4,
          markerWidth: 6,
          markerHeight: 6,
          orient: 'auto',
        },
        svg('path', { d: 'M0 0 8 4 0 8z' }),
      ),
    ),
    ...states,
    ...arrows,
  );

  function drawn(state: Placed, { x, y }: { x: number; y: number }): SVGElement[] {
    boxes.set(state.path, { x, y, width: state.width, height: state.height });
    const isActive = active.has(state.path);
    return [
      svg(
        'g',
        { class: `state${isActive ? ' is-running' : ' is-waiting'}`, 'data-state': state.path },
        svg('rect', { x, y, width: state.width, height: state.height, rx: 10 }),
        svg(
          'text',
          { class: 'name', x: x + 12, y: y + 19 },
          state.name + (state.node.type === 'final' ? ' ◉' : state.node.type === 'parallel' ? ' ∥' : ''),
        ),
      ),
      ...state.children.flatMap((child) => drawn(child, { x: x + child.x, y: y + child.y })),
    ];
  }

  function arrow(same: readonly ForeignWay[]): SVGElement {
    const first = same[0];
    const from = boxes.get(first?.from ?? '');
    const to = boxes.get(first?.to ?? '');
    if (from === undefined || to === undefined) return svg('g');
    const label = [...new Set(same.map((each) => each.label))].filter(Boolean).join(', ');
    const isBack = to.x <= from.x;
    const start = {
      x: isBack ? from.x + from.width / 2 : from.x + from.width,
      y: isBack ? from.y + from.height : from.y + HEAD / 2 + 3,
    };
    const end = { x: isBack ? to.x + to.width / 2 : to.x - 2, y: isBack ? to.y + to.height + 2 : to.y + HEAD / 2 + 3 };
    const bend = isBack ? 26 : Math.max(24, (end.x - start.x) / 2);
    const d = isBack
      ? `M${start.x} ${start.y}C${start.x} ${start.y + bend} ${end.x} ${end.y + bend} ${end.x} ${end.y}`
      : `M${start.x} ${start.y}C${start.x + bend} ${start.y} ${end.x - bend} ${end.y} ${end.x} ${end.y}`;
    return svg(
      'g',
      {},
      svg('path', { class: 'way', d, 'marker-end': 'url(#tip-foreign)' }),
      svg(
        'text',
        {
          class: 'rail-name',
          x: (start.x + end.x) / 2,
          y: (start.y + end.y) / 2 + (isBack ? bend - 4 : -4),
          'text-anchor': 'middle',
        },
        label.length > 30 ? `${label.slice(0, 29)}…` : label,
      ),
    );
  }
}

/** Sizes from the inside out: each state is as large as what is in it. */
function placed(path: string, name: string, node: StateNode, ways: readonly ForeignWay[]): Placed {
  const least = Math.max(84, name.length * 7.6 + 36);
  const children = Object.entries(node.states ?? {}).map(([key, state]) =>
    placed(path === '' ? key : `${path}.${key}`, key, state, ways),
  );
  if (children.length === 0) return { path, name, node, width: least, height: 34, children: [] };
  const childOf = (target: string): string | undefined =>
    children.find((child) => target === child.path || target.startsWith(`${child.path}.`))?.path;
  const arrows = ways.flatMap(({ from, to }) => {
    const [a, b] = [childOf(from), childOf(to)];
    return a === undefined || b === undefined || a === b ? [] : [{ from: a, to: b }];
  });
  const layout = layeredLayout(
    children.map(({ path: id, width, height }) => ({ id, width, height })),
    arrows,
    GAPS,
  );
  return {
    path,
    name,
    node,
    width: Math.max(least, layout.width + 2 * PAD),
    height: layout.height + HEAD + 2 * PAD + 14,
    children: children.map((child) => {
      const { x = 0, y = 0 } = layout.places.get(child.path) ?? {};
      return { ...child, x: x + PAD, y: y + HEAD + PAD };
    }),
  };
}
