import { multiLineSchema, nameSchema, relativePathSchema } from '../spec-schema/names.ts';
import type { Step } from '../spec-schema/build-spec.ts';
import type { SandboxPolicy } from '../sandbox/policy.ts';
import type { Action, PolicySurroundings } from './action.ts';
import { inContainer } from './in-container.ts';
import { optionalText, record, text } from './parameters.ts';

const SCRIPT = '/run/step';

/** Runs commands in the security container: the untrusted part of a build. */
export const shell: Action = {
  declaration: {
    name: 'shell',
    description: 'Runs commands in a security container: a system tree, the workspace at /workspace, and no network.',
    parameters: {
      'container-name': nameSchema('The container, as a `create-systree` step before named it.'),
      shell: multiLineSchema(
        'The commands. They run by `sh -eu`, so the first that fails ends the step; text that begins with `#!` runs by the interpreter it names.',
      ),
      environment: {
        type: 'object',
        description: 'Environment variables for the commands, beside the few that every container has.',
        propertyNames: { pattern: '^[A-Za-z_][A-Za-z0-9_]*$' },
        additionalProperties: { type: 'string', pattern: '^[^\\u0000]*$' },
      },
      directory: relativePathSchema('The directory of the workspace to run in. Default: the top.'),
    },
    required: ['container-name', 'shell'],
    titleParameter: 'shell',
    usesContainer: 'container-name',
  },
  isolation: (step) => ({
    runsIn: 'container',
    network: false,
    reads: [`container ${text(step, 'container-name')}`],
    writes: ['workspace', '/home/builder', '/tmp'],
  }),
  policy: policyOf,
  run: async (step, context) => {
    const script = text(step, 'shell');
    return await inContainer(
      text(step, 'container-name'),
      {
        step,
        policy: (isWritable) => policyOf(step, { isWritable: () => isWritable }),
        files: [{ path: SCRIPT, content: script, mode: '0755' }],
        command: script.startsWith('#!') ? [SCRIPT] : ['/bin/sh', '-eu', SCRIPT],
      },
      context,
    );
  },
};

function policyOf(step: Step, { isWritable }: Pick<PolicySurroundings, 'isWritable'>): SandboxPolicy {
  return {
    type: 'container',
    identity: isWritable(text(step, 'container-name')) ? 'root' : 'builder',
    directory: `/workspace/${optionalText(step, 'directory') ?? ''}`,
    environment: record(step, 'environment'),
  };
}
