import { paintNothing } from '../../../cli/text/paint.ts';
import { glyphsFor } from '../../../cli/text/glyphs.ts';
import type { FaceOptions } from '../../../cli/progress/face.ts';
import type { Output } from '../../../cli/context.ts';

/** What a face is made from, without colours, log files or a clock of its own. */
export function faceOptions(output: Output, more: Partial<FaceOptions> = {}): FaceOptions {
  return {
    output,
    paint: paintNothing,
    glyphs: glyphsFor({}),
    now: () => 0,
    logFile: () => undefined,
    lastDurations: () => [],
    command: 'contractor',
    ...more,
  };
}
