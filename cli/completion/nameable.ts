import type { Supervisor } from '../../index.ts';
import type { Context } from '../context.ts';
import { readSpec } from '../spec-file.ts';
import type { Completion, Nameable } from './completions.ts';

/** What the store that `open` opens, and the specifications of the working directory, have to name. */
export function nameableIn(
  open: <T>(use: (supervisor: Supervisor) => Promise<T> | T) => Promise<T>,
  context: Context,
): Nameable {
  return {
    runs: () =>
      open((supervisor) =>
        supervisor
          .runs({ limit: 50 })
          .map(({ id, specName, state }) => ({ word: id, description: `${specName}, ${state}` })),
      ),
    steps: (reference) => open((supervisor) => stepsOf(supervisor, reference)),
    artifacts: () =>
      open((supervisor) => [...new Set(supervisor.artifacts.list().map(({ name }) => name))].map((word) => ({ word }))),
    projects: (spec) =>
      open(async (supervisor) => {
        const result = supervisor.validate(await readSpec(spec, context));
        return result.type === 'parsed' ? result.spec.projects.map(({ name }) => ({ word: name })) : [];
      }),
  };
}

function stepsOf(supervisor: Supervisor, reference: string): readonly Completion[] {
  const [run = '', project, step] = reference.split(':');
  const { projects } = supervisor.run(run || undefined);
  if (step === undefined) return projects.map(({ name }) => ({ word: `${run}:${name}:` }));
  const steps = projects.find(({ name }) => name === project)?.steps ?? [];
  return steps.map(({ id, title }) => ({ word: `${run}:${project}:${id}`, description: title }));
}
