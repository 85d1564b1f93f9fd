import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { ContractorError } from '../errors.ts';
import type { Step } from '../spec-schema/build-spec.ts';
import { isArmour, publicKeys } from './openpgp-key.ts';
import type { PublicKey } from './openpgp-key.ts';
import { optionalText } from './parameters.ts';
import { repositoriesOf, repositoryText } from './repositories.ts';
import type { Repository } from './repositories.ts';

/** Larger than any keyring; the file of a specification may be anything. */
const MOST_BYTES = 16 * 1024 * 1024;

/** What a specification says of the mirror itself, when it names a key for it. */
export function mirrorRepository(step: Step): Repository | undefined {
  const [key, keyring, url] = [optionalText(step, 'key'), optionalText(step, 'keyring'), optionalText(step, 'mirror')];
  if (key === undefined && keyring === undefined) return undefined;
  return {
    url: url ?? 'the mirror',
    suite: optionalText(step, 'suite') ?? '',
    ...(key === undefined ? {} : { key }),
    ...(keyring === undefined ? {} : { keyring }),
  };
}

/** Paths of files, beside the specification, that keys are read from. */
export function keyFiles(step: Step): string[] {
  const all = [...repositoriesOf(step), mirrorRepository(step)].flatMap((each) => each?.key ?? []);
  return all.filter((key) => !isArmour(key) && !isFingerprint(key));
}

/**
 * The key of a repository; undefined of one that is trusted without.
 *
 * @throws REPOSITORY_REFUSED when it has none, has one and is to be trusted without, or names one that is not there
 */
export function keyOfRepository(
  repository: Repository,
  { specDirectory }: { readonly specDirectory: string },
): PublicKey | undefined {
  const { key, keyring, trusted = false } = repository;
  if (key === undefined) {
    if (trusted && keyring === undefined) return undefined;
    throw new KeyRefused(repository, {
      parameter: keyring === undefined ? undefined : 'keyring',
      what: 'has no key that signs it',
      mend:
        keyring === undefined
          ? 'Name its `key`; or say `trusted: true`, and everything that answers at its address is installed without a signature.'
          : 'Name its `key` by a fingerprint: `gpg --show-keys --with-fingerprint` prints those of a keyring.',
    });
  }
  if (trusted) {
    throw new KeyRefused(repository, {
      parameter: 'key',
      what: 'has a `key` and is `trusted` without one',
      mend: 'Take one of the two away.',
    });
  }
  if (isFingerprint(key)) return keyInRing(repository, fingerprintIn(key));
  if (keyring !== undefined) {
    throw new KeyRefused(repository, {
      parameter: 'keyring',
      what: 'has a `keyring`, and a `key` that is no fingerprint',
      mend: 'Take `keyring` away, or name a fingerprint.',
    });
  }
  const keys = isArmour(key)
    ? publicKeys(Buffer.from(key))
    : publicKeys(contentsOf(repository, { parameter: 'key', path: resolve(specDirectory, key) }));
  const [only, ...others] = keys ?? [];
  if (only !== undefined && others.length === 0) return only;
  throw new KeyRefused(repository, {
    parameter: 'key',
    what: isArmour(key)
      ? 'has a `key` that is no public key of OpenPGP'
      : others.length > 0
        ? `has a \`key\` that names a file with ${others.length + 1} keys`
        : `has a \`key\` that names a file without a public key, ${key}`,
    mend:
      others.length > 0
        ? `Name the one that signs it by its fingerprint, with the file as \`keyring\`: ${keys?.map(({ fingerprint }) => fingerprint).join(', ')}.`
        : 'Export it with `gpg --armor --export`.',
  });
}

function keyInRing(repository: Repository, wanted: string): PublicKey {
  const { keyring } = repository;
  if (keyring === undefined) {
    throw new KeyRefused(repository, {
      parameter: 'key',
      what: `has a \`key\` that is a fingerprint, ${wanted}, of no file`,
      mend: 'Name the file that has it as `keyring`.',
    });
  }
  const keys = publicKeys(contentsOf(repository, { parameter: 'keyring', path: keyring }));
  if (keys === undefined) {
    throw new KeyRefused(repository, {
      parameter: 'keyring',
      what: `has a \`keyring\` that holds no public keys of OpenPGP, ${keyring}`,
      mend: 'Name another file.',
    });
  }
  const found = keys.find(({ fingerprint, subkeys }) => fingerprint === wanted || subkeys.includes(wanted));
  if (found !== undefined) return found;
  throw new KeyRefused(repository, {
    parameter: 'key',
    what: `is to be signed by the key ${wanted}, which ${keyring} does not have`,
    mend: `Install the package that has it, or name another \`key\`. The file has ${keys.map(({ fingerprint }) => fingerprint).join(', ')}.`,
  });
}

/** Of version 4 or 6, with blanks or without. */
function isFingerprint(key: string): boolean {
  return /^(?:0x)?(?:[0-9A-F]{40}|[0-9A-F]{64})$/i.test(key.replaceAll(/\s/g, ''));
}

function fingerprintIn(key: string): string {
  return key.replaceAll(/\s/g, '').replace(/^0x/i, '').toUpperCase();
}

function contentsOf(
  repository: Repository,
  { parameter, path }: { readonly parameter: 'key' | 'keyring'; readonly path: string },
): Buffer {
  try {
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stats = fstatSync(file);
      if (!stats.isFile() || stats.size > MOST_BYTES) throw new Error('it is no file of keys');
      return readFileSync(file);
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const what = `names the key ${path}, which cannot be read: ${why}`;
    throw new KeyRefused(repository, { parameter, what, mend: 'Correct the path.', cause });
  }
}

/** The key of a repository cannot be had. */
export class KeyRefused extends ContractorError {
  /** The parameter that says so; absent where the repository says nothing of a key. */
  readonly parameter: 'key' | 'keyring' | undefined;
  /** Without the name of the repository. */
  readonly what: string;

  constructor(
    repository: Repository,
    { parameter, what, mend, cause }: Pick<KeyRefused, 'parameter' | 'what' | 'mend'> & { readonly cause?: unknown },
  ) {
    super('REPOSITORY_REFUSED', `The repository \`${repositoryText(repository)}\` ${what}.`, mend, { cause });
    this.parameter = parameter;
    this.what = what;
  }
}
