import { causeText } from '../../index.ts';
import type { ProjectState } from '../../index.ts';
import type { Piece } from '../text/row.ts';

/** Whether a project would be built, and why. */
export function statePieces(state: ProjectState): readonly Piece[] {
  switch (state.type) {
    case 'current':
      return [['good', 'up to date']];
    case 'stale':
      return [['warning', `to be built from step ${state.step}: ${causeText(state.because)}`]];
    case 'waits':
      return [['busy', `built, or not, when it is known what comes of ${state.for.join(', ')}`]];
  }
}
