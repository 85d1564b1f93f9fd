import type { Command } from 'commander';
import type { Database } from '../../fleet/database.ts';
import { ContractorError } from '../../errors.ts';
import { stepWords } from '../logs/choose-attempt.ts';
import { quotedForShell } from '../text/quoted-for-shell.ts';

/** What only the worker of a step has is asked of that: says which it is, and how. `called` is what the person called. */
export async function refuseElsewhere(url: string, command: Command, called: string = command.name()): Promise<never> {
  const [{ withFleet }, { findRun }] = await Promise.all([
    import('../../fleet/open-fleet.ts'),
    import('../../fleet/read-runs.ts'),
  ]);
  const { run, project, step } = stepWords(command.args[0] ?? '');
  throw await withFleet(url, async ({ database }) => {
    const { id } = await findRun(database, run);
    return await refusalElsewhere(database, { run: id, project, step, command: called });
  });
}

/** The refusal of a `command` on what only the worker of a project has: where to call it. */
export async function refusalElsewhere(
  database: Database,
  {
    run: id,
    project,
    step,
    command,
  }: {
    readonly run: string;
    readonly project: string | undefined;
    readonly step: string | undefined;
    readonly command: string;
  },
): Promise<ContractorError> {
  const { whereTreesAre } = await import('../../fleet/where-trees-are.ts');
  const places = await whereTreesAre(database, id);
  const of = project === undefined ? places : places.filter((place) => place.project === project);
  if (of.length === 0) {
    return new ContractorError(
      'STEP_UNKNOWN',
      `No worker has begun ${project === undefined ? `run ${id}` : `\`${project}\` of run ${id}`}.`,
      'See how it stands with `contractor status --database …`.',
    );
  }
  const behind = step === undefined ? '' : `:${step}`;
  return new ContractorError(
    'USAGE',
    `\`contractor ${command}\` needs what only the worker of a step has: ${of
      .map((place) => `\`${place.project}\` is on ${place.worker}`)
      .join(', ')}.`,
    `Call there: ${of
      .map(
        ({ project: name, store, run }) =>
          `\`contractor --store ${quotedForShell(store)} ${command} ${quotedForShell(`${run}:${name}${behind}`)}\``,
      )
      .join(', ')}.`,
  );
}
