import type { Store } from '../store/open-store.ts';
import { textDigest } from '../store/records/receipts.ts';
import { TREE_DIGEST } from './provenance.ts';
import type { Provenance } from './provenance.ts';

/** Whether what is recorded of how an artifact came about is as it was recorded. */
export interface VerifiedProvenance {
  /** `none`: it was imported, or made by a contractor that kept no receipts. */
  readonly state: 'intact' | 'damaged' | 'none';
  readonly problems: readonly string[];
}

/** Compares the statement with its digest and with the artifact, and each receipt with its digest in the statement. */
export function verifyProvenance(
  store: Store,
  artifact: { readonly name: string; readonly version: number; readonly digest: string },
): VerifiedProvenance {
  const record = store.getProvenance(artifact);
  if (record === undefined) return { state: 'none', problems: [] };
  const problems =
    textDigest(record.statement) === record.digest
      ? problemsOf(JSON.parse(record.statement) as Provenance, { store, digest: artifact.digest })
      : ['the statement is not as it was recorded'];
  return { state: problems.length === 0 ? 'intact' : 'damaged', problems };
}

function problemsOf(
  { subject, predicate }: Provenance,
  { store, digest }: { readonly store: Store; readonly digest: string },
): string[] {
  const isOfArtifact = subject.some((each) => each.digest?.[TREE_DIGEST] === digest);
  return [
    ...(isOfArtifact ? [] : ['the statement is about another tree']),
    ...predicate.runDetails.byproducts.flatMap(({ name = '', digest: recorded, annotations }) => {
      const receipt = store.getReceipt(annotations?.['attempt'] ?? '');
      if (receipt === undefined) return [`the ${name} is gone`];
      return textDigest(receipt) === recorded?.['sha256'] ? [] : [`the ${name} is not as it was recorded`];
    }),
  ];
}
