import { nameSchema, relativePathSchema } from '../spec-schema/names.ts';
import type { Action } from './action.ts';
import { artifactMissing } from './artifact-missing.ts';
import { optionalText, text } from './parameters.ts';
import { artifactPath } from './tree-paths.ts';
import { BUILDER } from '../sandbox/policy.ts';

/**
 * Puts an artifact into the workspace. At the top of the workspace it is mounted
 * as one more layer, whatever its size; in a directory its files are linked, since
 * a layer begins at the top.
 */
export const unpackArtifact: Action = {
  declaration: {
    name: 'unpack-artifact',
    description: 'Puts the files of an artifact into the workspace.',
    parameters: {
      'artifact-name': nameSchema('The artifact to unpack.'),
      directory: relativePathSchema('Where in the workspace to unpack it. Default: at the top.'),
    },
    required: ['artifact-name'],
    titleParameter: 'artifact-name',
    usesArtifact: 'artifact-name',
  },
  isolation: (step) => ({
    runsIn: 'contractor',
    network: false,
    reads: [`artifact ${text(step, 'artifact-name')}`],
    writes: ['workspace'],
  }),
  run: async (step, { tree, artifact, newLayer, treeJob, sealLayer }) => {
    const found = artifact(text(step, 'artifact-name'));
    if (found === undefined) return { outcome: artifactMissing(text(step, 'artifact-name')), tree };
    const directory = optionalText(step, 'directory');
    if (directory === undefined || directory === '.') {
      const { name, version, digest } = found;
      const workspace = [...tree.workspace, { type: 'artifact' as const, name, version, digest }];
      return { outcome: { type: 'succeeded' }, tree: { ...tree, workspace } };
    }
    const layer = newLayer();
    await treeJob({
      type: 'link-tree',
      from: artifactPath(found).slice('../'.length),
      to: `layers/.new-${layer}/${directory}`,
      owner: { uid: BUILDER, gid: BUILDER },
    });
    sealLayer(layer);
    return {
      outcome: { type: 'succeeded' },
      tree: { ...tree, workspace: [...tree.workspace, { type: 'layer', id: layer }] },
      layers: [{ id: layer, kind: 'workspace' }],
    };
  },
};
