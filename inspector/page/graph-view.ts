import { layeredLayout } from '../graph/layered-layout.ts';
import type { App, Part } from './app.ts';
import { el, fill, setAttribute, setText, svg } from './dom.ts';
import { panAndZoom } from './pan-and-zoom.ts';
import { noteOf, shortNoteOf, timeOf } from './project-words.ts';
import type { ProjectModel, RunModel } from './run-model.ts';
import { glyphOf } from './words.ts';

const WIDTH = 168;
const HEIGHT = 46;
const GAP_X = 56;
const GAP_Y = 14;

interface NodeParts {
  readonly group: SVGElement;
  readonly glyph: SVGElement;
  readonly note: SVGElement;
  key: string;
}

/** The projects of the run, with arrows from each to those that need it. */
export function graphView(app: App): Part & { readonly root: HTMLElement } {
  const layer = svg('g');
  const picture = svg(
    'svg',
    { class: 'graph-picture', role: 'group', 'aria-label': 'Projects and what they need' },
    layer,
  );
  const zoom = panAndZoom(picture, layer);
  const root = el('div', { class: 'canvas' }, picture as unknown as HTMLElement, zoom.buttons);
  let nodes = new Map<string, NodeParts>();
  let edges: { readonly line: SVGElement; readonly from: string; readonly to: string }[] = [];
  let drawn = '';

  function draw({ projects }: RunModel): void {
    const boxes = projects.map(({ name }) => ({ id: name, width: WIDTH, height: HEIGHT }));
    const known = new Set(projects.map(({ name }) => name));
    const arrows = projects.flatMap(({ name, dependsOn }) =>
      dependsOn.filter((needed) => known.has(needed)).map((needed) => ({ from: needed, to: name })),
    );
    const { places, width, height } = layeredLayout(boxes, arrows, { gapX: GAP_X, gapY: GAP_Y });
    const at = (name: string): { x: number; y: number } => places.get(name) ?? { x: 0, y: 0 };
    edges = arrows.map(({ from, to }) => ({
      from,
      to,
      line: svg('path', { class: 'edge', d: curve(at(from), at(to)) }),
    }));
    nodes = new Map(projects.map((project) => [project.name, nodeOf(project, at(project.name))]));
    zoom.fit({ width, height });
    fill(
      layer,
      svg('g', { 'aria-hidden': 'true' }, ...edges.map(({ line }) => line)),
      ...[...nodes.values()].map(({ group }) => group),
    );
  }

  function nodeOf({ name }: ProjectModel, { x, y }: { x: number; y: number }): NodeParts {
    const glyph = svg('text', { class: 'glyph', x: 14, y: 20, 'aria-hidden': 'true' });
    const note = svg('text', { class: 'note', x: 14, y: 36 });
    const group = svg(
      'g',
      {
        transform: `translate(${x} ${y})`,
        role: 'button',
        tabindex: '-1',
        'data-project': name,
        onclick: () => choose(name),
        onkeydown: (event: KeyboardEvent) => onKey(event, name),
      },
      svg('rect', { width: WIDTH, height: HEIGHT, rx: 10 }),
      glyph,
      svg('text', { class: 'name', x: 32, y: 20 }, cut(name, 19)),
      ' ', // between the words, for who does not see that they are apart
      note,
    );
    return { group, glyph, note, key: '' };
  }

  const choose = (name: string): void =>
    app.go({ project: name, step: undefined, attempt: undefined, line: undefined, view: 'project' });
  const onKey = (event: KeyboardEvent, name: string): void => {
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      choose(name);
      return;
    }
    const to = neighbour(event.key, name, app.model);
    if (to === undefined) return;
    event.preventDefault();
    for (const [each, { group }] of nodes) setAttribute(group, 'tabindex', each === to ? '0' : '-1');
    nodes.get(to)?.group.focus();
  };

  return {
    root,
    render({ model, place, now }) {
      const key = JSON.stringify(model.projects.map(({ name, dependsOn }) => [name, dependsOn]));
      if (key !== drawn && model.projects.length > 0) {
        drawn = key;
        draw(model);
      }
      const focusable = nodes.has(place.project ?? '') ? place.project : model.projects[0]?.name;
      const hasFocus = layer.contains(document.activeElement);
      for (const project of model.projects) {
        const node = nodes.get(project.name);
        if (node === undefined) continue;
        const isChosen = project.name === place.project;
        const time = timeOf(project, now);
        const state = `${project.version} ${time} ${isChosen}`;
        if (!hasFocus) setAttribute(node.group, 'tabindex', project.name === focusable ? '0' : '-1');
        if (node.key === state) continue;
        node.key = state;
        setAttribute(node.group, 'class', `node is-${project.state}${isChosen ? ' is-chosen' : ''}`);
        const shown = cut([time, shortNoteOf(project)].filter(Boolean).join(' · '), 24);
        // What is seen comes first, as whoever speaks to the page says that.
        setAttribute(node.group, 'aria-label', `${cut(project.name, 19)} ${shown}, ${noteOf(project)}`);
        setText(node.glyph, glyphOf(project.state));
        setText(node.note, shown);
      }
      for (const { line, from, to } of edges) {
        const isNear = place.project === from || place.project === to;
        const isDone = model.byName.get(from)?.state === 'built';
        setAttribute(line, 'class', `edge${isDone ? ' is-done' : ''}${isNear ? ' is-near' : ''}`);
      }
    },
  };
}

/** To the right: what needs it; to the left: what it needs; up and down: the one before and after it in the specification. */
function neighbour(key: string, name: string, { projects, byName }: RunModel): string | undefined {
  const at = projects.findIndex((project) => project.name === name);
  switch (key) {
    case 'ArrowRight':
      return projects.find(({ dependsOn }) => dependsOn.includes(name))?.name;
    case 'ArrowLeft':
      return byName.get(name)?.dependsOn.find((needed) => byName.has(needed));
    case 'ArrowDown':
      return projects[at + 1]?.name;
    case 'ArrowUp':
      return projects[at - 1]?.name;
    default:
      return undefined;
  }
}

function curve(from: { x: number; y: number }, to: { x: number; y: number }): string {
  const x1 = from.x + WIDTH;
  const y1 = from.y + HEIGHT / 2;
  const y2 = to.y + HEIGHT / 2;
  const bend = Math.max(GAP_X / 2, (to.x - x1) / 2);
  return `M${x1} ${y1}C${x1 + bend} ${y1} ${to.x - bend} ${y2} ${to.x} ${y2}`;
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
