import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { publish } from '../../../store/trees/publish.ts';
import type { PublishResult } from '../../../store/trees/publish.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { makeNode } from './generated-tree.ts';
import type { TreeNode } from './generated-tree.ts';

export const silent = (): void => {};

/** An empty `trees` directory. */
export function temporaryTrees(): string {
  const trees = join(temporaryDirectory(), 'trees');
  for (const folder of ['layers', 'objects', 'artifacts', 'attempts'])
    mkdirSync(join(trees, folder), { recursive: true });
  return trees;
}

/** Makes `node` a layer. */
export function makeLayer(trees: string, { id, node }: { id: string; node: TreeNode }): string {
  makeNode(join(trees, 'layers', id), node);
  return `layers/${id}`;
}

/** Publishes one layer, or a directory of it, as an artifact. */
export function publishLayer(
  trees: string,
  { layer, directory, name = 'it' }: { layer: string; directory?: string; name?: string },
): Extract<PublishResult, { type: 'published' }> & { tree: string } {
  const job = { merged: join(trees, layer), layers: [layer], name, ...(directory === undefined ? {} : { directory }) };
  const result = publish(job, { trees, onProgress: silent });
  if (result.type === 'refused') throw new Error(result.message);
  return { ...result, tree: `artifacts/${name}/${result.digest}/tree` };
}
