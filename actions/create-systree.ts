import { nameSchema } from '../spec-schema/names.ts';
import type { Action } from './action.ts';
import { artifactMissing } from './artifact-missing.ts';
import { flag, text } from './parameters.ts';

/** Makes a system tree known as a container. Nothing is copied: the artifact itself is mounted. */
export const createSystree: Action = {
  declaration: {
    name: 'create-systree',
    description: 'Makes a system tree from an artifact, to run `shell` steps on.',
    parameters: {
      'artifact-name': nameSchema('The artifact that is the system tree.'),
      'container-name': nameSchema('What `shell` steps of this project call the container.'),
      writable: {
        type: 'boolean',
        description:
          'Whether steps run as root of the tree and may change it, as installing a package does. The changes end with the project. Default: the tree is read-only and steps run as an ordinary user.',
      },
    },
    required: ['artifact-name', 'container-name'],
    titleParameter: 'container-name',
    usesArtifact: 'artifact-name',
    makesContainer: 'container-name',
  },
  isolation: (step) => ({
    runsIn: 'contractor',
    network: false,
    reads: [`artifact ${text(step, 'artifact-name')}`],
    writes: [`container ${text(step, 'container-name')}`],
  }),
  run: (step, { tree, artifact }) => {
    const found = artifact(text(step, 'artifact-name'));
    if (found === undefined) return Promise.resolve({ outcome: artifactMissing(text(step, 'artifact-name')), tree });
    const { name, version, digest } = found;
    const container = { artifact: name, version, digest, writable: flag(step, 'writable'), layers: [] };
    return Promise.resolve({
      outcome: { type: 'succeeded' },
      tree: { ...tree, containers: { ...tree.containers, [text(step, 'container-name')]: container } },
    });
  },
};
