import type { Action } from './action.ts';

/** Begins with an empty workspace. What was in it stays in the layers of the steps before. */
export const emptyWorkspace: Action = {
  declaration: {
    name: 'empty-workspace',
    description: 'Empties the workspace.',
    parameters: {},
    required: [],
  },
  isolation: () => ({ runsIn: 'contractor', network: false, reads: [], writes: ['workspace'] }),
  run: (_step, { tree }) => Promise.resolve({ outcome: { type: 'succeeded' }, tree: { ...tree, workspace: [] } }),
};
