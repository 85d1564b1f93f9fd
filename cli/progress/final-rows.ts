import type { Row } from '../text/row.ts';
import { projectRow, stepRow, type Drawing } from './project-rows.ts';
import type { RunView } from './run-view.ts';

/** Up to this many rows the tree is left with all its steps; a longer one only with those of what failed. */
const MOST_ROWS_WITH_STEPS = 40;

/** The whole tree as it stands, in the order of the specification: what stays on the screen. */
export function finalRows(view: RunView, drawing: Drawing): readonly Row[] {
  const all = view.projects.reduce((sum, { steps }) => sum + 1 + steps.length, 0);
  return view.projects.flatMap((project) => {
    const row = projectRow(project, view, drawing);
    const isToldApart = project.state === 'failed' || project.state === 'running' || project.state === 'cancelled';
    const hasSteps = project.state !== 'skipped' && project.state !== 'waiting';
    if (!hasSteps || (!isToldApart && all > MOST_ROWS_WITH_STEPS)) return [row];
    // Why it failed is said of its step.
    const head =
      project.state === 'failed' ? { ...row, left: [...row.left.slice(0, 2), ['bad', '  failed'] as const] } : row;
    return [head, ...project.steps.map((step) => stepRow(step, drawing))];
  });
}
