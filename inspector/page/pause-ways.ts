import type { StateOutline } from '../../index.ts';
import { svg } from './dom.ts';
import type { Walk } from './run-model.ts';

/** Where the parts of a chart are, in its units. */
export interface PausePlaces {
  /** The middle of `paused`, `failed` and `cancelled`. */
  readonly paused: number;
  readonly failed: number;
  readonly cancelled: number;
  /** The right edge of steps and of `built`. */
  readonly right: number;
  /** The upper edge of the ends. */
  readonly bottom: number;
  readonly endWidth: number;
  top(index: number): number;
}

/**
 * The ways into `paused` and out of it: a rail down from every step that leads there, one up to every step that
 * somebody has go on, and along the bottom to the ends.
 *
 *     [1 fetch  ]◄─┐─┐
 *                  │ │
 *     [2 compile]◄─┤─┤
 *                  │ ▼
 *     [built]◄──[paused]──►[failed]  [cancelled]
 *                   └────────────────────▲
 */
export function pauseWays(steps: readonly StateOutline[], walks: readonly Walk[], places: PausePlaces): SVGElement {
  const { paused, failed, cancelled, right, bottom, endWidth, top } = places;
  const [down, up] = [paused + 8, paused - 8];
  const isWalked = (step: string, ...ways: readonly Walk['way'][]): boolean =>
    walks.some((walk) => walk.step === step && ways.includes(walk.way));
  const way = (name: string, d: string, walked: boolean): SVGElement =>
    svg('path', {
      class: `way way-${name}${walked ? ' is-walked' : ''}`,
      d,
      'marker-end': `url(#tip${walked ? '-walked' : ''})`,
    });
  const before = (index: number): string => steps[index - 1]?.step ?? '';
  const last = steps.length - 1;
  const ways = steps.flatMap(({ step = '', transitions }, index) => {
    const leads = transitions.some(({ target }) => target === 'paused');
    const hasGoneOn = isWalked(step, 'gone on') || isWalked(before(index), 'skipped');
    return [
      ...(leads ? [way('paused', `M${right} ${top(index) + 14}H${down}V${bottom - 2}`, isWalked(step, 'paused'))] : []),
      way('gone-on', `M${up} ${bottom}V${top(index) + 34}H${right + 2}`, hasGoneOn),
    ];
  });
  const middle = bottom + 17;
  const edge = endWidth / 2;
  const anyWalked = (name: Walk['way']): boolean => walks.some((walk) => walk.way === name);
  return svg(
    'g',
    {},
    // What was walked is drawn last: many of these lie on each other.
    ...ways.toSorted((a, b) => Number(isStrong(a)) - Number(isStrong(b))),
    way('skipped', `M${paused - edge} ${middle}H${right + 2}`, isWalked(before(last + 1), 'skipped')),
    way('given-up', `M${paused + edge} ${middle}H${failed - edge - 2}`, anyWalked('given up')),
    way(
      'pause-cancelled',
      `M${paused} ${bottom + 34}V${bottom + 46}H${cancelled}V${bottom + 37}`,
      anyWalked('cancelled while paused'),
    ),
  );
}

function isStrong(path: SVGElement): boolean {
  return path.classList.contains('is-walked');
}
