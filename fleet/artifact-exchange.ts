import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ContractorError } from '../errors.ts';
import type { ArtifactShelf } from '../index.ts';

/** An artifact, whatever its version is called in a store. */
export interface ArtifactDigest {
  readonly name: string;
  readonly digest: string;
}

/** Where workers leave artifacts for each other. */
export interface ArtifactExchange {
  /** Leaves a version of this store there, unless it is there already. */
  push(artifact: ArtifactDigest & { readonly version: number }, shelf: ArtifactShelf): Promise<void>;
  /** Brings an artifact into this store, unless it has it. @throws ARTIFACT_UNKNOWN, ARTIFACT_DAMAGED */
  pull(artifact: ArtifactDigest, shelf: ArtifactShelf): Promise<void>;
}

/**
 * A directory that all workers see, as by NFS: `<name>/<digest>.tar.zst`. A file is whole or not there, and what comes
 * out of it is hashed again, so that a directory which somebody else may write to can at worst be of no use.
 */
export function sharedDirectory(directory: string, newId: () => string): ArtifactExchange {
  if (!existsSync(directory)) {
    throw new ContractorError(
      'USAGE',
      `There is no directory \`${directory}\` for artifacts.`,
      'Make it, or mount it; every worker has to see the same.',
    );
  }
  const pulls = new Map<string, Promise<void>>();
  const fileOf = ({ name, digest }: ArtifactDigest): string => join(directory, name, `${digest}.tar.zst`);
  const pull = async (artifact: ArtifactDigest, shelf: ArtifactShelf): Promise<void> => {
    const { name, digest } = artifact;
    if (shelf.list().some((each) => each.name === name && each.digest === digest)) return;
    if (!existsSync(fileOf(artifact))) {
      throw new ContractorError(
        'ARTIFACT_UNKNOWN',
        `The artifact \`${name}\` with the digest ${digest} is not in ${directory}.`,
        'Check that all workers share this directory, and that nobody removes from it.',
      );
    }
    const imported = await shelf.importFrom(name, fileOf(artifact));
    if (imported.digest === digest) return;
    if (imported.isNew) await shelf.remove(`${name}@${imported.version}`);
    throw new ContractorError(
      'ARTIFACT_DAMAGED',
      `${fileOf(artifact)} does not hold what its name says, but ${imported.digest}.`,
      'Remove that file, and build what makes it again.',
    );
  };
  return {
    push: async ({ name, version, digest }, shelf) => {
      const path = fileOf({ name, digest });
      if (existsSync(path)) return;
      mkdirSync(join(directory, name), { recursive: true });
      const unfinished = join(directory, name, `.${newId()}.tar.zst`);
      try {
        await shelf.exportTo(`${name}@${version}`, unfinished);
        renameSync(unfinished, path);
      } finally {
        rmSync(unfinished, { force: true });
      }
    },
    pull: async (artifact, shelf) => {
      // Two projects of one worker may take the same.
      const key = `${artifact.name}/${artifact.digest}`;
      const pulling = pulls.get(key) ?? pull(artifact, shelf).finally(() => pulls.delete(key));
      pulls.set(key, pulling);
      await pulling;
    },
  };
}
