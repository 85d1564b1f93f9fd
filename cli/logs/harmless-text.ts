import { StringDecoder } from 'node:string_decoder';
import { neutralised, unfinishedLength } from '../text/neutralised.ts';

/**
 * Makes a stream of bytes harmless to a terminal, piece by piece, with the same
 * result wherever it is cut.
 */
export function harmlessText(): { next: (bytes: Buffer) => string; rest: () => string } {
  const decoder = new StringDecoder('utf8');
  let held = '';
  return {
    next(bytes) {
      const text = held + decoder.write(bytes);
      const end = text.length - unfinishedLength(text);
      held = text.slice(end);
      return neutralised(text.slice(0, end));
    },
    rest() {
      const text = held + decoder.end();
      held = '';
      return neutralised(text);
    },
  };
}
