import type { Diagram } from './diagram.ts';

/** A diagram in the language of Mermaid: of states where it has a first one, else of what comes before what. */
export function mermaidText(diagram: Diagram): string {
  return `${(diagram.initial === undefined ? flowchart(diagram) : stateDiagram(diagram)).join('\n')}\n`;
}

function flowchart({ nodes, edges }: Diagram): string[] {
  const ids = idsOf(nodes);
  return [
    'flowchart LR',
    ...nodes.map(({ id, label, note }) => `  ${ids(id)}["${escaped(note === '' ? label : `${label} · ${note}`)}"]`),
    ...edges.map(({ from, to }) => `  ${ids(from)} --> ${ids(to)}`),
  ];
}

function stateDiagram({ initial = '', nodes, edges }: Diagram): string[] {
  const ids = idsOf(nodes);
  return [
    'stateDiagram-v2',
    ...nodes.map(({ id, label }) => `  state "${escaped(label)}" as ${ids(id)}`),
    `  [*] --> ${ids(initial)}`,
    ...edges.map(({ from, to, label }) => `  ${ids(from)} --> ${ids(to)}${label === '' ? '' : ` : ${escaped(label)}`}`),
    ...nodes
      .filter(({ kind }) => kind !== 'step' && kind !== 'project' && kind !== 'paused')
      .map(({ id }) => `  ${ids(id)} --> [*]`),
  ];
}

/** Mermaid has words that cannot be ids (`end`), so the boxes are numbered. */
function idsOf(nodes: Diagram['nodes']): (id: string) => string {
  const numbers = new Map(nodes.map(({ id }, index) => [id, `n${index + 1}`]));
  return (id) => numbers.get(id) ?? 'n0';
}

function escaped(text: string): string {
  return text.replaceAll(/["#<>;&:{}|`\\]/g, (character) => `#${character.charCodeAt(0)};`);
}
