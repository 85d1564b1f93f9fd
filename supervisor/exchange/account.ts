import type { Store } from '../../store/open-store.ts';
import { textDigest } from '../../store/records/receipts.ts';
import { TREE_DIGEST } from '../provenance.ts';
import type { Provenance } from '../provenance.ts';
import { damaged } from './at-place.ts';

/** How an artifact came about, as it travels: texts, to the byte. */
export interface Account {
  readonly statement: string;
  /** By the attempt, those that the statement names. */
  readonly receipts: Readonly<Record<string, string>>;
}

/** What a store knows of that; undefined for an imported artifact. */
export function accountOf(
  store: Store,
  artifact: { readonly name: string; readonly version: number },
): Account | undefined {
  const record = store.getProvenance(artifact);
  if (record === undefined) return undefined;
  const named = namedReceipts(JSON.parse(record.statement) as Provenance);
  const receipts = named.flatMap(({ attempt }) => {
    const receipt = store.getReceipt(attempt);
    return receipt === undefined ? [] : [[attempt, receipt] as const];
  });
  return { statement: record.statement, receipts: Object.fromEntries(receipts) };
}

/**
 * An account that has arrived: that its statement is about this tree, and its receipts are those that the statement names. Who
 * has made the statement it cannot tell, as it is not signed.
 *
 * @throws PLACE_DAMAGED
 */
export function checkedAccount(text: string, digest: string): Account {
  try {
    const { statement, receipts } = JSON.parse(text) as Account;
    const read = JSON.parse(statement) as Provenance;
    const named = namedReceipts(read);
    const isAboutIt = read.subject.some((each) => each.digest?.[TREE_DIGEST] === digest);
    const areThose =
      named.length === Object.keys(receipts).length &&
      named.every(({ attempt, hash }) => textDigest(receipts[attempt] ?? '') === hash);
    if (isAboutIt && areThose) return { statement, receipts };
  } catch {
    // Refused below: it is no such thing.
  }
  throw damaged('What has arrived of how the artifact came about does not hold together, or is about another.');
}

/** Records it for a version that has no account yet. A receipt that the store has is never written over. */
export function recordAccount(
  store: Store,
  artifact: { readonly name: string; readonly version: number },
  { statement, receipts }: Account,
): void {
  if (store.getProvenance(artifact) !== undefined) return;
  for (const [attempt, receipt] of Object.entries(receipts)) {
    const known = store.getReceipt(attempt);
    if (known === undefined) store.recordReceipt(attempt, receipt);
    else if (known !== receipt)
      throw damaged(`What has arrived as the receipt of \`${attempt}\` is not the one of this store.`);
  }
  store.recordProvenance(artifact, statement);
}

function namedReceipts({ predicate }: Provenance): { readonly attempt: string; readonly hash: string }[] {
  return predicate.runDetails.byproducts.map(({ digest, annotations }) => ({
    attempt: annotations?.['attempt'] ?? '',
    hash: digest?.['sha256'] ?? '',
  }));
}
