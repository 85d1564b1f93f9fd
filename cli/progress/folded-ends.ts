import type { Row } from '../text/row.ts';
import { projectRow, type Drawing } from './project-rows.ts';
import type { ProjectView, RunView } from './run-view.ts';

/**
 * Ended projects in at most `room` rows. Where they do not fit, the newest
 * failures and then the newest of the others are shown, and the rest is counted
 * on a row above them: `✓ 12 built`.
 */
export function foldedEnds(ended: readonly ProjectView[], view: RunView, drawing: Drawing, room: number): Row[] {
  if (room < 1 || ended.length === 0) return [];
  if (ended.length <= room) return ended.map((project) => projectRow(project, view, drawing));
  const byWorth = [
    ...ended.filter(({ state }) => state === 'failed' || state === 'paused').toReversed(),
    ...ended.filter(({ state }) => state !== 'failed' && state !== 'paused').toReversed(),
  ];
  const shown = new Set(byWorth.slice(0, room - 1));
  const folded = ended.filter((project) => !shown.has(project));
  const kept = ended.filter((project) => shown.has(project));
  return [countRow(folded, drawing), ...kept.map((project) => projectRow(project, view, drawing))];
}

function countRow(projects: readonly ProjectView[], { glyphs }: Drawing): Row {
  const count = (wanted: ProjectView['state']): number => projects.filter(({ state }) => state === wanted).length;
  const parts = [
    ['good', glyphs.built, count('built'), 'built'],
    ['bad', glyphs.failed, count('failed'), 'failed'],
    ['warning', glyphs.paused, count('paused'), 'paused'],
    ['warning', glyphs.skipped, count('skipped'), 'skipped'],
    ['warning', glyphs.cancelled, count('cancelled'), 'cancelled'],
  ] as const;
  return {
    left: parts
      .filter(([, , number]) => number > 0)
      .map(
        ([tone, glyph, number, word], index) => [tone, `${index === 0 ? '' : '  '}${glyph} ${number} ${word}`] as const,
      ),
  };
}
