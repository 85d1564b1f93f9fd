import { Transform } from 'node:stream';

/** Passes at most `maxBytes` on, and fails with `refusal` at the first byte beyond: a small archive may unpack without end. */
export function boundedStream(maxBytes: number, refusal: () => Error): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > maxBytes) done(refusal());
      else done(null, chunk);
    },
  });
}
