import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ActionResult } from '../actions/action.ts';
import { lowerPaths } from '../actions/tree-paths.ts';
import { flatLayerName } from '../sandbox/remains.ts';
import { OVERLAY_PLACE } from '../sandbox/run-in-id-map.ts';
import type { Attempt } from './attempt.ts';
import type { RunWorld } from './run-world.ts';

/** mount(2) takes 4095 bytes of options, and each layer makes a lookup slower. */
const MOST_LAYERS = 128;
const MOST_BYTES = 3000;

/** The result of a step, its workspace made one layer when the stack has become too high for the next step. */
export async function withFlatStack(
  result: ActionResult,
  {
    attempt,
    world,
  }: { readonly attempt: Pick<Attempt, 'id'>; readonly world: Pick<RunWorld, 'store' | 'sandbox' | 'idMap'> },
): Promise<ActionResult> {
  const { workspace } = result.tree;
  const lower = lowerPaths(workspace);
  if (lower.length <= MOST_LAYERS && lower.join(':').length <= MOST_BYTES) return result;
  const { sandbox, store, idMap } = world;
  const { trees } = store.paths;
  const id = flatLayerName(attempt.id);
  if (!existsSync(join(trees, 'layers', id))) {
    await sandbox.runTreeJob(
      {
        type: 'flatten',
        merged: OVERLAY_PLACE,
        layers: lower
          .toReversed()
          .map((path) => (path.startsWith('../') ? path.slice('../'.length) : `layers/${path}`)),
        to: `layers/.new-${id}`,
      },
      { trees, idMap },
      { overlays: [{ target: OVERLAY_PLACE, lower }] },
    );
    sandbox.sealLayer(trees, id);
  }
  return {
    ...result,
    tree: { ...result.tree, workspace: [{ type: 'layer', id }] },
    layers: [...(result.layers ?? []), { id, kind: 'workspace' }],
  };
}
