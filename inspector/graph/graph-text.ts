import { describeMachine, machineModule } from '../../index.ts';
import type { BuildSpec, Pausing, Project } from '../../index.ts';
import { machineDiagram, projectDiagram } from './diagram.ts';
import { dotText } from './dot-text.ts';
import { mermaidText } from './mermaid-text.ts';
import { projectsSource } from './projects-source.ts';
import { svgText } from './svg-text.ts';

export const GRAPH_FORMATS = ['mermaid', 'dot', 'svg', 'json', 'xstate'] as const;
export type GraphFormat = (typeof GRAPH_FORMATS)[number];

/** The project whose machine is drawn, and where it pauses; else all projects. */
interface Drawn {
  readonly project?: Project | undefined;
  readonly pausing?: Pausing | undefined;
}

/** The graph of the projects of `spec`, or the state machine of one of them, in a format. */
export async function graphText(
  spec: BuildSpec,
  { project, pausing, format }: Drawn & { readonly format: GraphFormat },
): Promise<string> {
  if (format === 'xstate') return project === undefined ? projectsSource(spec) : await machineModule(project, pausing);
  if (format === 'json') return `${JSON.stringify(await dataOf(spec, { project, pausing }), null, 2)}\n`;
  const diagram =
    project === undefined ? projectDiagram(spec) : machineDiagram(await describeMachine(project, pausing));
  return TEXTS[format](diagram);
}

const TEXTS = { mermaid: mermaidText, dot: dotText, svg: svgText };

async function dataOf(spec: BuildSpec, { project, pausing }: Drawn): Promise<unknown> {
  if (project !== undefined) return await describeMachine(project, pausing);
  return {
    projects: spec.projects.map(({ name, dependsOn, steps }) => ({
      name,
      dependsOn,
      steps: steps.map(({ id, title, action }) => ({ id, title, action })),
    })),
  };
}
