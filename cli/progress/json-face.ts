import type { Face, FaceOptions } from './face.ts';

/** One event a line, as JSON, and nothing else. */
export function jsonFace({ output }: Pick<FaceOptions, 'output'>): Face {
  return {
    handle(event) {
      output.write(`${JSON.stringify(event)}\n`);
    },
    notice() {},
    end() {},
  };
}
