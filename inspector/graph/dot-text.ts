import type { Diagram, DiagramNode } from './diagram.ts';

const LOOKS: Readonly<Record<DiagramNode['kind'], string>> = {
  project: 'shape=box, style=rounded',
  step: 'shape=box, style=rounded',
  paused: 'shape=box, style="rounded,dashed"',
  built: 'shape=doublecircle, color="#1a7f37"',
  failed: 'shape=doublecircle, color="#cf222e"',
  cancelled: 'shape=doublecircle, color="#9a6700"',
};

/** A diagram in the language of Graphviz: `contractor graph --format dot | dot -Tsvg`. */
export function dotText({ title, initial, nodes, edges }: Diagram): string {
  const lines = [
    `digraph ${quoted(title)} {`,
    '  rankdir=LR;',
    '  node [fontname="sans-serif", fontsize=11];',
    '  edge [fontname="sans-serif", fontsize=9];',
    ...nodes.map(
      ({ id, label, note, kind }) =>
        `  ${quoted(id)} [label=${quoted(note === '' ? label : `${label}\n${note}`)}, ${LOOKS[kind]}];`,
    ),
    ...(initial === undefined ? [] : ['  "" [shape=point, width=0.12];', `  "" -> ${quoted(initial)};`]),
    ...edges.map(
      ({ from, to, label }) => `  ${quoted(from)} -> ${quoted(to)}${label === '' ? '' : ` [label=${quoted(label)}]`};`,
    ),
    '}',
  ];
  return `${lines.join('\n')}\n`;
}

/** Graphviz reads escapes like `\N` in labels, so a backslash of the text is doubled. */
function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}
