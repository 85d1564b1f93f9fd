import { createHash } from 'node:crypto';
import { ContractorError } from '../../errors.ts';
import type { Place } from '../../exchange/place.ts';

/**
 * What lies where at a place.
 *
 *     artifacts/<name>/<digest>        the bill: that there is such an artifact, whole. Written last
 *     manifests/<digest>               what its digest was made from
 *     details/<digest>/<sha256>        times, hard links, what is zeros
 *     accounts/<digest>/<sha256>       how it came about: the statement, and the receipts that it names
 *     objects/… bundles/…              contents of files: see parcels.ts
 *     pushes/<name>/<digest>/<id>      a copy of the bill of a push that is at work, or was killed: see marks.ts
 *     forgotten/<name>/<digest>        a bill that a prune has taken away: see prune-place.ts
 *     pruning/<id>                     a prune that is at work
 *     users/<id>                       the name of who uses the place and has to be asked what is needed: see users-of-place.ts
 *     prepared                         nothing: somebody has tried whether something can be written, in a bucket
 */
export const KEYS = {
  bill: (name: string, digest: string): string => `artifacts/${name}/${digest}`,
  push: (name: string, digest: string, id: string): string => `pushes/${name}/${digest}/${id}`,
  manifest: (digest: string): string => `manifests/${digest}`,
  details: (digest: string, sha256: string): string => `details/${digest}/${sha256}`,
  account: (digest: string, sha256: string): string => `accounts/${digest}/${sha256}`,
} as const;

/** The most that a manifest, or what goes with it, may have: about two million files. */
export const MAX_RECORD_BYTES: number = 256 * 1024 ** 2;

/** What a bill says. The manifest needs no hash here: the digest is it. */
export interface Bill {
  readonly format: 'contractor artifact 1';
  readonly name: string;
  readonly digest: string;
  readonly details: string;
  /** Absent of an imported artifact. */
  readonly account?: string;
}

export const DIGEST: RegExp = /^[0-9a-f]{64}$/;

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** @throws PLACE_DAMAGED */
export function readBill(bytes: Buffer, { name, digest }: { readonly name: string; readonly digest: string }): Bill {
  let bill: Partial<Bill> | null = null;
  try {
    bill = JSON.parse(bytes.toString()) as Partial<Bill> | null;
  } catch {
    // Refused below.
  }
  const isHash = (text: unknown): boolean => typeof text === 'string' && DIGEST.test(text);
  if (
    bill?.format === 'contractor artifact 1' &&
    bill.name === name &&
    bill.digest === digest &&
    isHash(bill.details) &&
    (bill.account === undefined || isHash(bill.account))
  ) {
    return bill as Bill;
  }
  throw damaged(
    `What is said of \`${name}@${digest.slice(0, 12)}\` there cannot be understood, or is of a newer contractor.`,
  );
}

/** What is kept under its own hash. @throws PLACE_DAMAGED when it is gone or another */
export async function getHashed(
  place: Place,
  { key, hash, signal }: { readonly key: string; readonly hash: string; readonly signal?: AbortSignal | undefined },
): Promise<Buffer> {
  const options = { maxBytes: MAX_RECORD_BYTES, ...(signal === undefined ? {} : { signal }) };
  const bytes = await place.get(key, options);
  if (bytes === undefined) throw damaged(`\`${key}\` is gone from ${place.shown}.`);
  if (sha256(bytes) !== hash) throw damaged(`\`${key}\` has not arrived from ${place.shown} as it should be.`);
  return bytes;
}

export function damaged(message: string): ContractorError {
  return new ContractorError(
    'PLACE_DAMAGED',
    message,
    'Pull again; if that is refused too, push the artifact again with `--anew`, from a store that has it.',
  );
}
