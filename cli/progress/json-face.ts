import { jsonText } from '../text/json-text.ts';
import type { Face, FaceOptions } from './face.ts';

/** RFC 7464 begins each text with it, so that a reader finds the next whole one after any cut. */
const RECORD_SEPARATOR = '\u001e';

/** One event a line, as JSON, and nothing else; as a JSON text sequence each begins with a record separator. */
export function jsonFace(options: Pick<FaceOptions, 'output'>, how: { readonly asSequence?: boolean } = {}): Face {
  return { handle: jsonLines(options, how), notice() {}, end() {} };
}

/** Writes what it is called with in the same way. */
export function jsonLines(
  { output }: Pick<FaceOptions, 'output'>,
  { asSequence = false }: { readonly asSequence?: boolean } = {},
): (event: object) => void {
  const before = asSequence ? RECORD_SEPARATOR : '';
  return (event) => {
    output.write(`${before}${jsonText(event)}\n`);
  };
}
