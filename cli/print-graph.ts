import type { Command } from 'commander';
import { ContractorError } from '../index.ts';
import type { Pausing, Project } from '../index.ts';
import type { Context } from './context.ts';
import { EXIT } from './exit-status.ts';
import { printProblems } from './print-problems.ts';
import { readSpec } from './spec-file.ts';
import { withSupervisor } from './with-supervisor.ts';

/** What `contractor graph` does. */
export async function printGraph(
  {
    spec,
    project: name,
    format,
    onFailure,
    break: breaks = [],
  }: {
    readonly spec: string | undefined;
    readonly project?: string;
    readonly format: 'mermaid' | 'dot' | 'svg' | 'json' | 'xstate';
    readonly onFailure?: 'pause' | 'stop';
    readonly break?: readonly string[];
  },
  { context, command }: { readonly context: Context; readonly command: Command },
): Promise<void> {
  const source = await readSpec(spec, context);
  const { graphText } = await import('../inspector/graph/graph-text.ts');
  await withSupervisor({ context, command }, async (supervisor) => {
    const parsed = supervisor.validate(source);
    if (parsed.type === 'invalid') {
      printProblems(parsed.problems, context);
      context.exitStatus = EXIT.usage;
      return;
    }
    const { projects } = parsed.spec;
    const project = projects.find((each) => each.name === name);
    if (name !== undefined && project === undefined) {
      throw new ContractorError(
        'PROJECT_UNKNOWN',
        `The specification has no project \`${name}\`.`,
        `It has ${projects.map((each) => `\`${each.name}\``).join(', ')}.`,
      );
    }
    const pausing = project && pausingOf(project, { onFailure, breaks });
    context.stdout.write(await graphText(parsed.spec, { project, pausing, format }));
  });
}

/** Where the machine that is drawn pauses. @throws STEP_UNKNOWN */
function pausingOf(
  { name, steps }: Project,
  { onFailure, breaks }: { readonly onFailure: 'pause' | 'stop' | undefined; readonly breaks: readonly string[] },
): Pausing {
  const before = breaks.map((text) => {
    const word = text.replace(/^.*:/s, '');
    const step = steps.find(({ id }, index) => id === word || String(index + 1) === word);
    if (step !== undefined) return step.id;
    const known = steps.map(({ id }) => `\`${id}\``).join(', ');
    throw new ContractorError('STEP_UNKNOWN', `Project \`${name}\` has no step \`${word}\`.`, `It has ${known}.`);
  });
  return { onFailure: onFailure === 'pause', before };
}
