import type { BuildSpec, MachineOutline } from '../../index.ts';

/** Boxes and arrows, before anybody decides how they are drawn. */
export interface Diagram {
  readonly title: string;
  /** The id of the box that all begins with; absent where there are several. */
  readonly initial?: string;
  readonly nodes: readonly DiagramNode[];
  readonly edges: readonly DiagramEdge[];
}

export interface DiagramNode {
  readonly id: string;
  readonly label: string;
  /** A second, smaller line; empty: none. */
  readonly note: string;
  readonly kind: 'project' | 'step' | 'paused' | 'built' | 'failed' | 'cancelled';
}

export interface DiagramEdge {
  readonly from: string;
  readonly to: string;
  /** Empty: none. */
  readonly label: string;
}

/** The projects of a specification: an arrow from each to those that need it. */
export function projectDiagram({ projects }: BuildSpec): Diagram {
  const known = new Set(projects.map(({ name }) => name));
  return {
    title: 'projects',
    nodes: projects.map(({ name, steps }) => ({
      id: name,
      label: name,
      note: steps.length === 1 ? '1 step' : `${steps.length} steps`,
      kind: 'project',
    })),
    edges: projects.flatMap(({ name, dependsOn }) =>
      dependsOn.filter((needed) => known.has(needed)).map((needed) => ({ from: needed, to: name, label: '' })),
    ),
  };
}

/** The states of a project's machine, and the ways between them. */
export function machineDiagram({ id, initial, states }: MachineOutline): Diagram {
  return {
    title: id,
    initial,
    nodes: states.map(({ name, step }) => ({ id: name, label: name, note: '', kind: kindOf(name, step) })),
    edges: states.flatMap(({ name, transitions }) =>
      transitions.map(({ target, when }) => ({ from: name, to: target, label: when })),
    ),
  };
}

function kindOf(name: string, step: string | undefined): DiagramNode['kind'] {
  return step === undefined && isKind(name) ? name : 'step';
}

function isKind(name: string): name is 'paused' | 'built' | 'failed' | 'cancelled' {
  return name === 'paused' || name === 'built' || name === 'failed' || name === 'cancelled';
}
