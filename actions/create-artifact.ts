import { madeArtifactSchema, relativePathSchema } from '../spec-schema/names.ts';
import { OVERLAY_PLACE } from '../sandbox/run-in-id-map.ts';
import type { Action } from './action.ts';
import { optionalText, text } from './parameters.ts';
import { lowerPaths } from './tree-paths.ts';

/** Publishes the workspace, or a directory of it, as a new version of an artifact. */
export const createArtifact: Action = {
  declaration: {
    name: 'create-artifact',
    description: 'Publishes the workspace, or a directory of it, as an artifact that other projects can use.',
    parameters: {
      'artifact-name': madeArtifactSchema('What the artifact is called in the store.'),
      directory: relativePathSchema('The directory of the workspace to publish. Default: all of it.'),
    },
    required: ['artifact-name'],
    titleParameter: 'artifact-name',
    makesArtifact: 'artifact-name',
  },
  isolation: (step) => ({
    runsIn: 'contractor',
    network: false,
    reads: ['workspace'],
    writes: [`artifact ${text(step, 'artifact-name')}`],
  }),
  run: async (step, { tree, treeJob, newLayer, onProgress }) => {
    const name = text(step, 'artifact-name');
    const directory = optionalText(step, 'directory');
    onProgress({ label: 'hashing' });
    const published = await treeJob(
      {
        type: 'publish',
        merged: OVERLAY_PLACE,
        layers: tree.workspace.map((each) =>
          each.type === 'layer' ? `layers/${each.id}` : `artifacts/${each.name}/${each.digest}/tree`,
        ),
        name,
        halfMadeAs: newLayer(), // It makes none: the name is of the attempt, as a layer's would be.
        ...(directory === undefined ? {} : { directory }),
      },
      { overlays: [{ target: OVERLAY_PLACE, lower: lowerPaths(tree.workspace) }], onProgress },
    );
    if (published.type === 'refused') {
      return { outcome: { type: 'failed', exitCode: 1, message: published.message }, tree };
    }
    return { outcome: { type: 'succeeded' }, tree, published: { ...published, name } };
  },
};
