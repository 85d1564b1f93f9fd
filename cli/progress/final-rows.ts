import type { Row } from '../text/row.ts';
import { projectRow, stepRow, type Drawing } from './project-rows.ts';
import type { ProjectView, RunView } from './run-view.ts';

/** Up to this many rows the tree is left with all its steps; a longer one only with those of what failed. */
const MOST_ROWS_WITH_STEPS = 40;

/** The whole tree as it stands, in the order of the specification: what stays on the screen. */
export function finalRows(view: RunView, drawing: Drawing): readonly Row[] {
  const all = view.projects.reduce((sum, { steps }) => sum + 1 + steps.length, 0);
  return view.projects.flatMap((project) => {
    const row = projectRow(project, view, drawing);
    const isToldApart = TOLD_APART.has(project.state);
    const hasSteps = project.state !== 'skipped' && project.state !== 'waiting';
    if (!hasSteps || (!isToldApart && all > MOST_ROWS_WITH_STEPS)) return [row];
    // What else its line says, its steps say too.
    const name = row.left.slice(0, 2);
    const head = {
      failed: { ...row, left: [...name, ['bad', '  failed'] as const] },
      paused: { ...row, left: [...name, ['warning', '  paused'] as const] },
      running: { ...row, left: name },
    };
    const { state } = project;
    return [
      state === 'failed' || state === 'paused' || state === 'running' ? head[state] : row,
      ...project.steps.map((step) => stepRow(step, drawing)),
    ];
  });
}

const TOLD_APART: ReadonlySet<ProjectView['state']> = new Set(['failed', 'paused', 'running', 'cancelled'] as const);
