import { ContractorError } from '../../errors.ts';
import type { Place } from '../../exchange/place.ts';
import { isArtifactName } from '../../store/artifact-reference.ts';
import { DIGEST } from './at-place.ts';
import type { RemoteReference } from './exchange.ts';

/** `name`, or `name@` and a digest or the beginning of one. @throws USAGE */
export function remoteReference(text: string): RemoteReference {
  const [name = '', digest, ...more] = text.split('@');
  if (isArtifactName(name) && more.length === 0) {
    if (digest === undefined) return { name };
    if (/^[0-9a-f]{12,64}$/.test(digest)) return { name, digest };
  }
  throw new ContractorError(
    'USAGE',
    `${JSON.stringify(text)} names no artifact at a place.`,
    'Give its name, or its name and at least 12 digits of its digest: `my-debian@0123456789ab`. Versions are counted by each store for itself.',
  );
}

/** The whole digest: without one, of what was pushed last. A whole one is not asked for. @throws ARTIFACT_UNKNOWN */
export async function remoteDigest(
  place: Place,
  { name, digest = '' }: RemoteReference,
  { signal }: { readonly signal: AbortSignal | undefined },
): Promise<string> {
  remoteReference(digest === '' ? name : `${name}@${digest}`);
  if (DIGEST.test(digest)) return digest;
  const folder = `artifacts/${name}/`;
  const found: { digest: string; modifiedAt: number }[] = [];
  for await (const { key, modifiedAt } of place.list(folder, signal === undefined ? {} : { signal })) {
    const rest = key.slice(folder.length);
    if (DIGEST.test(rest) && rest.startsWith(digest)) found.push({ digest: rest, modifiedAt });
  }
  const [newest, another] = found.toSorted((one, other) => other.modifiedAt - one.modifiedAt);
  if (newest === undefined) {
    throw new ContractorError(
      'ARTIFACT_UNKNOWN',
      `There is no artifact \`${name}${digest && `@${digest}`}\` at ${place.shown}.`,
      'Push it from a store that has it: `contractor artifact push`.',
    );
  }
  if (digest !== '' && another !== undefined) {
    throw new ContractorError(
      'USAGE',
      `\`${name}@${digest}\` is the beginning of several digests.`,
      'Give more of it.',
    );
  }
  return newest.digest;
}
