import { statSync } from 'node:fs';
import { join } from 'node:path';
import { ContractorError, diskRefusalOf } from '../errors.ts';
import { artifactReference, isArtifactName } from '../store/artifact-reference.ts';
import type { Store } from '../store/open-store.ts';
import type { ArtifactRecord } from '../store/records/artifacts.ts';
import { versionOf } from './shelf-world.ts';
import { isCheckpointName } from './checkpoint/checkpoint.ts';
import type { ShelfWorld } from './shelf-world.ts';
import type { ArtifactShelf } from './shelf.ts';

/** The artifacts of a store. What works on their trees is loaded when it is asked for. */
export function artifactShelf(world: ShelfWorld): ArtifactShelf {
  const { store } = world;
  const place = () => ({ trees: store.paths.trees, idMap: world.idMap() });
  return {
    list: () => store.listArtifacts().map(versionOf),
    show: (reference) => {
      const found = findArtifact(store, reference);
      const versions = store.listArtifacts().filter(({ name }) => name === found.name);
      return {
        ...versionOf(found),
        ...(found.packages === null ? {} : { packages: found.packages }),
        versions: versions.map(({ version }) => version),
        treePath: join(store.paths.trees, 'artifacts', found.name, found.digest, 'tree'),
      };
    },
    exportTo: async (reference, path, onProgress) => {
      const { exportArtifact } = await import('./export-artifact.ts');
      return await exportArtifact(findArtifact(store, reference), {
        path,
        ...place(),
        ...(onProgress === undefined ? {} : { onProgress }),
      });
    },
    importFrom: async (name, path) => {
      if (!isArtifactName(name) || isCheckpointName(name)) {
        throw new ContractorError(
          'USAGE',
          `\`${name}\` is no name for an artifact.`,
          'Use letters, digits and `._+-`; names that begin with `checkpoint+` are those of contractor itself.',
        );
      }
      if (statSync(path, { throwIfNoEntry: false }) === undefined) {
        throw new ContractorError('USAGE', `There is nothing at \`${path}\`.`, 'Name a tar archive or a directory.');
      }
      const { importArtifact } = await import('./import-artifact.ts');
      return await importArtifact({ name, path }, world).catch((error: unknown) => {
        throw diskRefusalOf(error) ?? error;
      });
    },
    remove: async (reference) => {
      const { name, version, digest } = findArtifact(store, reference);
      const isDoomed = store.transaction(() => {
        const { treeUnused } = store.removeArtifactVersion({ name, version }, { removedAt: world.now() });
        if (treeUnused) store.doomUnnamed({ layers: [], attempts: [], artifacts: [`${name}/${digest}`] });
        return treeUnused;
      });
      if (!isDoomed) return { freedBytes: 0 };
      const [{ removeDoomedTrees }, { ABANDONED_MS }, { hostSandbox: sandbox }] = await Promise.all([
        import('./gc/remove-doomed-trees.ts'),
        import('./gc/doom-leftovers.ts'),
        import('./sandbox.ts'),
      ]);
      await removeDoomedTrees({ ...world, sandbox });
      const { sizeBytes } = await sandbox.runTreeJob(
        { type: 'sweep-objects', abandonedBefore: world.hostNow() - ABANDONED_MS },
        place(),
      );
      return { freedBytes: sizeBytes };
    },
    keep: (reference, { release = false } = {}) => {
      const { name, version } = findArtifact(store, reference);
      store.keepArtifact({ name, version }, release ? null : world.now());
      return versionOf(findArtifact(store, `${name}@${version}`));
    },
    verify: async (reference) => {
      const { name, version, digest } = findArtifact(store, reference);
      const [{ verifyArtifact }, { verifyProvenance }] = await Promise.all([
        import('./verify-artifact.ts'),
        import('./verify-provenance.ts'),
      ]);
      const { ok, problems } = await verifyArtifact({ name, digest }, place());
      const provenance = verifyProvenance(store, { name, version, digest });
      return { ok: ok && provenance.state !== 'damaged', problems, provenance };
    },
    push: async (reference, to, options = {}) => {
      const record = findArtifact(store, reference);
      const [{ pushArtifact }, { openPlace }] = await Promise.all([
        import('./exchange/push-artifact.ts'),
        import('../exchange/open-place.ts'),
      ]);
      return await pushArtifact(record, await openPlace(to, { endpoint: options.endpoint }), { ...world, options });
    },
    pull: async (reference, from, options = {}) => {
      const [{ pullArtifact }, { openPlace }, { remoteReference }] = await Promise.all([
        import('./exchange/pull-artifact.ts'),
        import('../exchange/open-place.ts'),
        import('./exchange/remote-digest.ts'),
      ]);
      const wanted = typeof reference === 'string' ? remoteReference(reference) : reference;
      const place = await openPlace(from, { endpoint: options.endpoint });
      return await pullArtifact(wanted, place, { ...world, options }).catch((error: unknown) => {
        throw diskRefusalOf(error) ?? error;
      });
    },
    preparePlace: async (text, { user } = {}) => {
      const [{ openPlace }, { notePlaceUser }] = await Promise.all([
        import('../exchange/open-place.ts'),
        import('./exchange/users-of-place.ts'),
      ]);
      const place = await openPlace(text);
      await place.prepare();
      if (user !== undefined) await notePlaceUser(place, user);
    },
    prunePlace: async (text, options = {}) => {
      const [{ prunePlace }, { openPlace }] = await Promise.all([
        import('./exchange/prune-place.ts'),
        import('../exchange/open-place.ts'),
      ]);
      return await prunePlace(await openPlace(text, { endpoint: options.endpoint }), options);
    },
    provenance: (reference) => {
      const { name, version } = findArtifact(store, reference);
      const record = store.getProvenance({ name, version });
      if (record !== undefined) return record;
      throw new ContractorError(
        'RECEIPT_UNKNOWN',
        `How \`${name}@${version}\` came about is not recorded: it was imported, or an older contractor made it.`,
        'Build it again with `contractor build --fresh`, or ask whoever exported it.',
      );
    },
  };
}

/** @throws ARTIFACT_UNKNOWN */
export function findArtifact(store: Store, text: string): ArtifactRecord {
  const { name, version } = artifactReference(text);
  const found = store.findArtifact(name, version);
  if (found !== undefined) return found;
  const names = store.artifactNames();
  throw new ContractorError(
    'ARTIFACT_UNKNOWN',
    names.includes(name)
      ? `The artifact \`${name}\` has no version ${version ?? ''} in this store.`
      : `There is no artifact \`${name}\` in this store.`,
    'See what there is with `contractor artifact list`.',
  );
}
