import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createZstdDecompress, zstdCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { boundedStream } from '../../supervisor/bounded-stream.ts';

/** How many bytes come through, of a bomb of zeros. */
async function through({ bytes, most }: { bytes: number; most: number }): Promise<number> {
  let got = 0;
  const sink = new Writable({
    write: (chunk: Buffer, _, done) => {
      got += chunk.length;
      done();
    },
  });
  const bomb = zstdCompressSync(Buffer.alloc(bytes));
  await pipeline(
    Readable.from([bomb]),
    createZstdDecompress(),
    boundedStream(most, () => new Error(`more than ${most}`)),
    sink,
  );
  return got;
}

test('[A-94] a bomb of zstd is cut off at the limit, and what fits comes through', async () => {
  expect(await through({ bytes: 1000, most: 1000 })).toBe(1000);
  await expect(through({ bytes: 64 * 1024 * 1024, most: 1024 * 1024 })).rejects.toThrow('more than 1048576');
});
