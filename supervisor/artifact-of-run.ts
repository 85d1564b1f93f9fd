import type { ArtifactPlace } from '../actions/action.ts';
import { ContractorError } from '../errors.ts';
import { hasTree } from './lost-trees.ts';
import type { RunWorld } from './run-world.ts';

/** The version of an artifact that a run uses: the one it has used or made, else the newest. */
export function artifactOf(
  run: string,
  world: Pick<RunWorld, 'store' | 'sandbox'>,
): (name: string) => ArtifactPlace | undefined {
  const { store } = world;
  return (name) => {
    // Chosen and noted in one go: what is noted, nobody removes.
    const found = store.transaction(() => {
      const used = store.artifactsUsedBy(run).find((each) => each.name === name);
      const chosen = store.findArtifact(name, used?.version);
      if (chosen !== undefined) store.recordUse(run, chosen);
      return chosen;
    });
    if (found === undefined) return undefined;
    if (!hasTree(found, world)) throw artifactLost(found);
    return { name, version: found.version, digest: found.digest };
  };
}

function artifactLost({ name, version }: { readonly name: string; readonly version: number }): ContractorError {
  return new ContractorError(
    'ARTIFACT_DAMAGED',
    `The tree of the artifact \`${name}@${version}\` is gone from the store.`,
    'Have it forgotten with `contractor doctor --store --mend`, then build again.',
  );
}
