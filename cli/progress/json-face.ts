import type { Face, FaceOptions } from './face.ts';

/** RFC 7464 begins each text with it, so that a reader finds the next whole one after any cut. */
const RECORD_SEPARATOR = '\u001e';

/** One event a line, as JSON, and nothing else; as a JSON text sequence each begins with a record separator. */
export function jsonFace(
  { output }: Pick<FaceOptions, 'output'>,
  { asSequence = false }: { readonly asSequence?: boolean } = {},
): Face {
  const before = asSequence ? RECORD_SEPARATOR : '';
  return {
    handle(event) {
      output.write(`${before}${JSON.stringify(event)}\n`);
    },
    notice() {},
    end() {},
  };
}
