import type { Diagram, DiagramNode } from './diagram.ts';
import { layeredLayout } from './layered-layout.ts';

const MARGIN = 24;
const COLOURS: Readonly<Record<DiagramNode['kind'], string>> = {
  project: '#57606a',
  step: '#57606a',
  paused: '#9a6700',
  built: '#1a7f37',
  failed: '#cf222e',
  cancelled: '#9a6700',
};

/** A diagram as an SVG file that needs nothing else. */
export function svgText({ title, initial, nodes, edges }: Diagram): string {
  const boxes = nodes.map(({ id, label, note }) => ({
    id,
    width: widthOf(label, note),
    height: note === '' ? 32 : 44,
  }));
  const { width, height, places } = layeredLayout(boxes, edges, { gapX: 72, gapY: 20 });
  const sizes = new Map(boxes.map((box) => [box.id, box]));
  const rect = (id: string): { x: number; y: number; width: number; height: number } => {
    const { x, y } = places.get(id) ?? { x: 0, y: 0 };
    return { width: 0, height: 0, ...sizes.get(id), x: x + MARGIN, y: y + MARGIN };
  };
  // Several arrows between the same two boxes would lie on one another; so would their words.
  const ways = Map.groupBy(
    edges.filter(({ from, to }) => from !== to),
    ({ from, to }) => JSON.stringify([from, to]),
  );
  const lines = [...ways.values()].map((same) => {
    const { from, to } = same[0] ?? { from: '', to: '' };
    const label = same
      .map((each) => each.label)
      .filter(Boolean)
      .join(' / ');
    return arrow(rect(from), rect(to), label);
  });
  const w = Math.ceil(width + 2 * MARGIN);
  const h = Math.ceil(height + 2 * MARGIN);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}" font-family="system-ui, sans-serif" font-size="13">
<title>${escaped(title)}</title>
<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path d="M0 0 8 4 0 8z" fill="#8c959f"/></marker></defs>
<rect width="100%" height="100%" fill="#ffffff"/>
${lines.join('\n')}
${nodes.map((node) => box(node, rect(node.id), node.id === initial)).join('\n')}
</svg>
`;
}

interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function box({ label, note, kind }: DiagramNode, { x, y, width, height }: Rect, isInitial: boolean): string {
  const middle = x + width / 2;
  const text = (words: string, dy: number, look: string): string =>
    `<text x="${middle}" y="${y + dy}" text-anchor="middle"${look}>${escaped(words)}</text>`;
  return [
    `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="8" fill="#f6f8fa" stroke="${COLOURS[kind]}" stroke-width="${isInitial ? 2 : 1}"/>`,
    note === '' ? text(label, height / 2 + 4.5, '') : text(label, 19, ''),
    note === '' ? '' : text(note, 35, ' fill="#57606a" font-size="11"'),
  ].join('');
}

function arrow(from: Rect, to: Rect, label: string): string {
  const x1 = from.x + from.width;
  const y1 = from.y + from.height / 2;
  const x2 = to.x - 2;
  const y2 = to.y + to.height / 2;
  const bend = Math.max(24, Math.abs(x2 - x1) / 2);
  const line = `<path d="M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}" fill="none" stroke="#8c959f" marker-end="url(#tip)"/>`;
  if (label === '') return line;
  const words = `<text x="${(x1 + x2) / 2}" y="${(y1 + y2) / 2 - 4}" text-anchor="middle" fill="#57606a" font-size="10">${escaped(label)}</text>`;
  return line + words;
}

function widthOf(label: string, note: string): number {
  return Math.max(72, label.length * 7.4 + 28, note.length * 6.2 + 28);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
