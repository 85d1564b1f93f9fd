import type { MachineOutline, StateOutline } from '../../index.ts';
import { svg } from './dom.ts';
import { pauseWays } from './pause-ways.ts';
import type { ProjectModel, Walk } from './run-model.ts';
import { glyphOf } from './words.ts';

const LEFT = 56;
const WIDTH = 260;
const HEIGHT = 40;
const PITCH = 68;
const TOP = 34;
const RIGHT = LEFT + WIDTH;
const END_WIDTH = 74;
/** From the steps to the first end, and from one to the next. */
const TO_ENDS = 46;
const TO_PAUSED = 62;
const NEXT_END = 82;

/**
 * The machine of a project: its steps one below the other; on the right, a rail to
 * each end that leads there from every step; on the left, the way back of a retry.
 * What was walked is drawn strong, the active state is lit.
 *
 *     ●
 *     [1 fetch  ]──┬──┐
 *        │         │  │
 *     ⟲[2 compile]─┼──┤
 *        │         │  │
 *     [built] [failed] [cancelled]
 *
 * A machine that may pause has `paused` left of `failed`: see {@link pauseWays}.
 */
export function statechart(
  { states }: MachineOutline,
  project: ProjectModel,
  { chosen, choose }: { readonly chosen: string | undefined; readonly choose: (step: string) => void },
): SVGElement {
  const steps = states.filter(({ step }) => step !== undefined);
  const y = (index: number): number => TOP + index * PITCH;
  const bottom = y(steps.length);
  const walked = (step: string, way: Walk['way']): number =>
    project.walks.filter((walk) => walk.step === step && walk.way === way).length;
  const failedAt = steps.findIndex(({ step = '' }) => walked(step, 'failed') > 0);
  const cancelledAt = steps.findIndex(({ step = '' }) => walked(step, 'cancelled') > 0);
  const pauses = states.some(({ name }) => name === 'paused');
  const fails = steps.some(({ transitions }) => transitions.some(({ target }) => target === 'failed'));
  const pausedX = RIGHT + TO_PAUSED;
  const failedX = pauses ? pausedX + NEXT_END + 6 : RIGHT + TO_ENDS;
  const cancelledX = failedX + NEXT_END;
  const height = bottom + HEIGHT + 12;
  const width = cancelledX + END_WIDTH / 2 + 12;
  return svg(
    'svg',
    {
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role: 'group',
      'aria-label': `State machine of ${project.name}`,
    },
    tips(),
    svg(
      'g',
      { 'aria-hidden': 'true' },
      svg('circle', { class: 'initial', cx: LEFT + 24, cy: 12, r: 5 }),
      svg('path', { class: 'way is-walked', d: `M${LEFT + 24} 17V${TOP - 2}`, 'marker-end': 'url(#tip-walked)' }),
      fails && rail(failedX, { from: y(0) + 14, to: bottom, at: failedAt, y }),
      rail(cancelledX, { from: y(0) + 26, to: bottom, at: cancelledAt, y, offset: 26 }),
      fails && svg('text', { class: 'rail-name', x: failedX, y: TOP - 8, 'text-anchor': 'middle' }, 'failed'),
      pauses && svg('text', { class: 'rail-name', x: pausedX, y: TOP - 8, 'text-anchor': 'middle' }, 'paused'),
      svg('text', { class: 'rail-name', x: cancelledX, y: TOP - 8, 'text-anchor': 'middle' }, 'cancelled'),
      ...steps.map(({ step = '', transitions }, index) =>
        waysOf(step, {
          top: y(index),
          isWalkedTo: walked,
          mayBePassedOver: transitions.some(({ guard }) => guard === 'mayFail'),
          failedX: transitions.some(({ target }) => target === 'failed') ? failedX : undefined,
          cancelledX,
        }),
      ),
      pauses &&
        pauseWays(steps, project.walks, {
          paused: pausedX,
          failed: failedX,
          cancelled: cancelledX,
          right: RIGHT,
          bottom,
          endWidth: END_WIDTH,
          top: y,
        }),
    ),
    ...steps.map((state, index) => stepBox(state, y(index))),
    endBox('built', { middle: LEFT + WIDTH / 2, top: bottom, width: WIDTH }),
    pauses && pausedBox({ middle: pausedX, top: bottom }),
    endBox('failed', { middle: failedX, top: bottom, width: END_WIDTH }),
    endBox('cancelled', { middle: cancelledX, top: bottom, width: END_WIDTH }),
  );

  function stepBox({ name, step = '' }: StateOutline, top: number): SVGElement {
    const known = project.steps.find(({ id }) => id === step);
    const state = known?.state ?? 'waiting';
    const attempts = known?.attempts.length ?? 0;
    const shown = name.length > 27 ? `${name.slice(0, 26)}…` : name;
    const times = attempts > 1 ? `×${attempts}` : '';
    const say = [`${shown} ${times}`.trim(), state, known?.title].filter(Boolean).join(', ');
    return svg(
      'g',
      {
        class: `state is-${state}${step === chosen ? ' is-chosen' : ''}`,
        role: 'button',
        tabindex: '0',
        'aria-label': say,
        'aria-pressed': String(step === chosen),
        'data-state': name,
        transform: `translate(${LEFT} ${top})`,
        onclick: () => choose(step),
        onkeydown: (event: KeyboardEvent) => {
          if (event.key !== 'Enter' && event.key !== ' ') return;
          event.preventDefault();
          choose(step);
        },
      },
      svg('rect', { width: WIDTH, height: HEIGHT, rx: 10 }),
      svg('text', { class: 'glyph', x: 14, y: 25, 'aria-hidden': 'true' }, glyphOf(state)),
      svg('text', { class: 'name', x: 34, y: 25 }, shown),
      times !== '' && svg('text', { class: 'times', x: WIDTH - 12, y: 25, 'text-anchor': 'end' }, times),
    );
  }

  function pausedBox({ middle, top }: { readonly middle: number; readonly top: number }): SVGElement {
    const isActive = project.state === 'paused';
    const where = isActive ? `, active, at ${project.pausedAt ?? ''}` : '';
    return svg(
      'g',
      {
        class: `state end is-paused${isActive ? ' is-active' : ''}`,
        role: 'img',
        'aria-label': `paused${where}`,
        'data-state': 'paused',
        transform: `translate(${middle - END_WIDTH / 2} ${top})`,
      },
      svg('rect', { width: END_WIDTH, height: HEIGHT - 6, rx: 10 }),
      svg('text', { class: 'name', x: END_WIDTH / 2, y: 22, 'text-anchor': 'middle' }, 'paused'),
    );
  }

  function endBox(
    name: 'built' | 'failed' | 'cancelled',
    { middle, top, width }: { readonly middle: number; readonly top: number; readonly width: number },
  ): SVGElement {
    const isActive = project.state === name;
    return svg(
      'g',
      {
        class: `state end is-${name}${isActive ? ' is-active' : ''}`,
        role: 'img',
        'aria-label': `${name}${isActive ? ', active' : ''}`,
        'data-state': name,
        transform: `translate(${middle - width / 2} ${top})`,
      },
      svg('rect', { width: width, height: HEIGHT - 6, rx: 17 }),
      svg('rect', { class: 'inner', x: 3, y: 3, width: width - 6, height: HEIGHT - 12, rx: 14 }),
      svg('text', { class: 'name', x: width / 2, y: 22, 'text-anchor': 'middle' }, name),
    );
  }
}

/** Out of a step: on to the next, past it where it may fail, back to itself, and to the rails. */
function waysOf(
  step: string,
  {
    top,
    isWalkedTo,
    mayBePassedOver,
    failedX,
    cancelledX,
  }: {
    readonly top: number;
    readonly isWalkedTo: (step: string, way: Walk['way']) => number;
    readonly mayBePassedOver: boolean;
    /** Undefined when no failure of it ends the project. */
    readonly failedX: number | undefined;
    readonly cancelledX: number;
  },
): SVGElement {
  const way = (name: Walk['way'], d: string, hasTip = true): SVGElement => {
    const isWalked = isWalkedTo(step, name) > 0;
    return svg('path', {
      class: `way way-${name.replace(' ', '-')}${isWalked ? ' is-walked' : ''}`,
      d,
      ...(hasTip ? { 'marker-end': `url(#tip${isWalked ? '-walked' : ''})` } : {}),
    });
  };
  const below = top + HEIGHT;
  const middle = top + HEIGHT / 2;
  const retries = isWalkedTo(step, 'retry');
  return svg(
    'g',
    {},
    failedX !== undefined && way('failed', `M${RIGHT} ${top + 14}H${failedX}`, false),
    way('cancelled', `M${RIGHT} ${top + 26}H${cancelledX}`, false),
    way('succeeded', `M${LEFT + 24} ${below}V${top + PITCH - 2}`),
    mayBePassedOver && way('passed over', `M${LEFT + WIDTH - 40} ${below}V${top + PITCH - 2}`),
    way(
      'retry',
      `M${LEFT} ${middle + 10}C${LEFT - 38} ${middle + 16} ${LEFT - 38} ${middle - 16} ${LEFT - 2} ${middle - 10}`,
    ),
    retries > 0 &&
      svg('text', { class: 'times', x: LEFT - 34, y: middle - 14, 'text-anchor': 'middle' }, `×${retries}`),
  );
}

function rail(
  x: number,
  {
    from,
    to,
    at,
    y,
    offset = 14,
  }: {
    readonly from: number;
    readonly to: number;
    readonly at: number;
    readonly y: (index: number) => number;
    readonly offset?: number;
  },
): SVGElement {
  return svg(
    'g',
    {},
    svg('path', { class: 'way', d: `M${x} ${from}V${to - 2}`, 'marker-end': 'url(#tip)' }),
    at >= 0 &&
      svg('path', { class: 'way is-walked', d: `M${x} ${y(at) + offset}V${to - 2}`, 'marker-end': 'url(#tip-walked)' }),
  );
}

function tips(): SVGElement {
  const tip = (id: string): SVGElement =>
    svg(
      'marker',
      { id, class: id, viewBox: '0 0 8 8', refX: 6, refY: 4, markerWidth: 6, markerHeight: 6, orient: 'auto' },
      svg('path', { d: 'M0 0 8 4 0 8z' }),
    );
  return svg('defs', {}, tip('tip'), tip('tip-walked'));
}
