import { ContractorError } from '../errors.ts';

/** An artifact by name, and perhaps one version of it. */
export interface ArtifactReference {
  readonly name: string;
  readonly version?: number;
}

/** A name of an artifact: a single path component that is neither hidden nor an option. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,99}$/;

/** Whether `name` can name an artifact. */
export function isArtifactName(name: string): boolean {
  return NAME.test(name);
}

/**
 * The artifact that `name` or `name@3` refers to.
 *
 * @throws USAGE when it is neither.
 */
export function artifactReference(text: string): ArtifactReference {
  const [name = '', version, ...more] = text.split('@');
  if (isArtifactName(name) && more.length === 0) {
    if (version === undefined) return { name };
    if (/^[1-9][0-9]{0,8}$/.test(version)) return { name, version: Number(version) };
  }
  throw new ContractorError(
    'USAGE',
    `${JSON.stringify(text)} does not name an artifact.`,
    'Give its name, such as `my-debian`, or its name and version, such as `my-debian@3`.',
  );
}
