import type { ActionDeclaration } from '../../spec-schema/action-declaration.ts';
import { lineSchema, multiLineSchema, nameSchema, relativePathSchema } from '../../spec-schema/names.ts';

/** Actions much like the real ones, so that the tests of the parser stand still when those change. */
export const declarations: readonly ActionDeclaration[] = [
  {
    name: 'empty-workspace',
    description: 'Begins with an empty workspace.',
    parameters: {},
    required: [],
  },
  {
    name: 'debootstrap',
    description: 'Installs Debian into the workspace.',
    parameters: {
      suite: lineSchema('The Debian release.'),
      packages: {
        description: 'Packages to install on top.',
        type: 'array',
        items: { type: 'string', pattern: '^[a-z0-9][a-z0-9.+-]*$', patternErrorMessage: 'must be a package name' },
        uniqueItems: true,
        default: [],
      },
      mirror: {
        description: 'Where the packages come from.',
        type: 'string',
        pattern: '^https?://',
        patternErrorMessage: 'must be a URL that begins with `http://` or `https://`',
      },
      variant: {
        description: 'How much to install.',
        type: 'string',
        enum: ['minbase', 'buildd', 'standard'],
        default: 'minbase',
      },
    },
    required: ['suite'],
    titleParameter: 'suite',
  },
  {
    name: 'git',
    description: 'Fetches a Git repository.',
    parameters: {
      url: lineSchema('The repository.'),
      ref: lineSchema('The branch, tag or commit.'),
      directory: relativePathSchema('Where in the workspace the tree goes.'),
      depth: { description: 'How many commits of history.', type: 'integer', minimum: 1, maximum: 1000 },
      submodules: { description: 'Whether to fetch submodules.', type: 'boolean', default: false },
    },
    required: ['url'],
    titleParameter: 'url',
  },
  {
    name: 'create-artifact',
    description: 'Makes an artifact of the workspace.',
    parameters: {
      'artifact-name': nameSchema('The name of the artifact.'),
      directory: relativePathSchema('The part of the workspace to take.'),
    },
    required: ['artifact-name'],
    titleParameter: 'artifact-name',
    makesArtifact: 'artifact-name',
  },
  {
    name: 'unpack-artifact',
    description: 'Puts an artifact into the workspace.',
    parameters: { 'artifact-name': nameSchema('The name of the artifact.') },
    required: ['artifact-name'],
    titleParameter: 'artifact-name',
    usesArtifact: 'artifact-name',
  },
  {
    name: 'create-systree',
    description: 'Makes a container of an artifact.',
    parameters: {
      'artifact-name': nameSchema('The artifact that holds a system tree.'),
      'container-name': { ...nameSchema('What to call the container.'), default: 'default' },
    },
    required: ['artifact-name'],
    titleParameter: 'artifact-name',
    usesArtifact: 'artifact-name',
    makesContainer: 'container-name',
  },
  {
    name: 'shell',
    description: 'Runs a script in a container.',
    parameters: {
      'container-name': { ...nameSchema('The container.'), default: 'default' },
      shell: multiLineSchema('The script.'),
      environment: {
        description: 'Variables to set.',
        type: 'object',
        propertyNames: { pattern: '^[A-Za-z_][A-Za-z0-9_]*$', patternErrorMessage: 'must be the name of a variable' },
        additionalProperties: { type: 'string' },
      },
    },
    required: ['shell'],
    usesContainer: 'container-name',
  },
];
