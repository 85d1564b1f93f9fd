import type { JsonObject } from './build-spec.ts';

/** The schema of a size: a number of bytes, or a text such as `512M`, `1.5G` or `2TiB`. Never nothing. */
export const SIZE_SCHEMA: JsonObject = {
  type: ['integer', 'string'],
  minimum: 1,
  maximum: Number.MAX_SAFE_INTEGER,
  pattern: '^(?=[0-9.]*[1-9])(?:[0-9]{1,15}|[0-9]{1,6}(?:\\.[0-9]{1,3})?[KMGT](?:iB)?)$',
  patternErrorMessage:
    'must be a size such as `512M`, `1.5G` or `2T` (K, M, G and T are powers of 1024), or a number of bytes',
};

const UNIT_BYTES: Readonly<Record<string, number>> = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/** The bytes of a value that {@link SIZE_SCHEMA} admits, at least one. */
export function sizeBytes(size: number | string): number {
  if (typeof size === 'number') return size;
  const [, count = '', unit = ''] = /^([0-9.]+)([KMGT]?)/.exec(size) ?? [];
  return Math.min(Math.ceil(Number(count) * (UNIT_BYTES[unit] ?? 1)), Number.MAX_SAFE_INTEGER);
}
