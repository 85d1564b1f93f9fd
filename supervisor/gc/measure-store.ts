import type { GcWorld } from './gc-world.ts';

/** Measures what nobody has measured yet, so that what the store takes is a sum of records. It is as quick as that is little. */
export async function measureNew({ store, sandbox, idMap }: GcWorld): Promise<void> {
  const { layers, attempts } = store.unmeasured();
  if (layers.length === 0 && attempts.length === 0) return;
  const paths = [...layers.map((id) => `layers/${id}`), ...attempts.map((id) => `attempts/${id}`)];
  const { sizes } = await sandbox.runTreeJob({ type: 'measure', paths }, { trees: store.paths.trees, idMap: idMap() });
  store.noteSizes({
    layers: new Map(layers.map((id, index) => [id, sizes[index] ?? 0])),
    attempts: new Map(attempts.map((id, index) => [id, sizes[layers.length + index] ?? 0])),
  });
}

/** What the trees of the store take of the disk: looks at every file. */
export async function measureAll({ store, sandbox, idMap }: GcWorld): Promise<number> {
  const place = { trees: store.paths.trees, idMap: idMap() };
  return (await sandbox.runTreeJob({ type: 'measure' }, place)).totalBytes;
}
