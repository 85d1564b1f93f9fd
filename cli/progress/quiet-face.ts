import { rowText, type Row } from '../text/row.ts';
import { closingRows, failureRows } from './closing-rows.ts';
import type { Face, FaceOptions } from './face.ts';
import { applyEvent, createRunView } from './run-view.ts';

/** Says nothing as long as all goes well; of what fails, the same as the others. */
export function quietFace(options: FaceOptions): Face {
  const view = createRunView();
  const write = (rows: readonly Row[]): void => {
    for (const row of rows) options.output.write(`${rowText(row, { width: Infinity, paint: options.paint })}\n`);
  };
  return {
    handle(event) {
      applyEvent(view, event);
      if (event.type === 'step-ended') write(failureRows(view, event, options));
      if (event.type === 'run-ended' && event.result !== 'built') write(closingRows(view, options));
    },
    notice() {},
    end() {},
  };
}
