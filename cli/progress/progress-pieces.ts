import type { Progress } from '../../index.ts';
import type { Glyphs } from '../text/glyphs.ts';
import type { Piece } from '../text/row.ts';

/** How far a step is: a bar and a percentage where the total is known, else what was counted; then the label. */
export function progressPieces(
  progress: Progress | undefined,
  { glyphs, width }: { readonly glyphs: Glyphs; readonly width: number },
): Piece[] {
  if (progress === undefined) return [];
  const { done, total, label } = progress;
  if (done === undefined) return [['faint', `  ${label}`]];
  if (total === undefined || total <= 0) return [['faint', `  ${done} ${label}`]];
  const fraction = Math.min(1, Math.max(0, done / total));
  // Rounded down: 100% is said only of what is complete.
  const percent = `${String(Math.floor(fraction * 100)).padStart(2)}%`;
  const length = width < 60 ? 0 : 16;
  const filled = Math.round(fraction * length);
  return [
    ['busy', `  ${glyphs.barDone.repeat(filled)}`],
    ['faint', glyphs.barLeft.repeat(length - filled)],
    ['plain', `${length === 0 ? '' : ' '}${percent}`],
    ['faint', `  ${label}`],
  ];
}

/** The same in words, for a line that stays: `installing 45% (120 of 260)`. */
export function progressText({ label, done, total }: Progress): string {
  if (done === undefined) return label;
  if (total === undefined || total <= 0) return `${label}: ${done}`;
  return `${label}: ${Math.floor((100 * done) / total)}% (${done} of ${total})`;
}
