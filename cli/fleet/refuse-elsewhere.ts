import type { Command } from 'commander';
import { ContractorError } from '../../errors.ts';
import { stepWords } from '../logs/choose-attempt.ts';
import { quotedForShell } from '../text/quoted-for-shell.ts';

/** What needs the trees of a step is asked of the worker that has them: says which that is, and how. */
export async function refuseElsewhere(url: string, command: Command): Promise<never> {
  const [{ withFleet }, { findRun }, { whereTreesAre }] = await Promise.all([
    import('../../fleet/open-fleet.ts'),
    import('../../fleet/read-runs.ts'),
    import('../../fleet/where-trees-are.ts'),
  ]);
  const words = stepWords(command.args[0] ?? '');
  const { id, places } = await withFleet(url, async ({ database }) => {
    const { id: found } = await findRun(database, words.run);
    return { id: found, places: await whereTreesAre(database, found) };
  });
  const of = words.project === undefined ? places : places.filter(({ project }) => project === words.project);
  if (of.length === 0) {
    throw new ContractorError(
      'STEP_UNKNOWN',
      `No worker has begun ${words.project === undefined ? `run ${id}` : `\`${words.project}\` of run ${id}`}.`,
      'See how it stands with `contractor status --database …`.',
    );
  }
  const step = words.step === undefined ? '' : `:${words.step}`;
  throw new ContractorError(
    'USAGE',
    `\`contractor ${command.name()}\` needs the trees of a step, which are on its worker: ${of
      .map(({ project, worker }) => `\`${project}\` on ${worker}`)
      .join(', ')}.`,
    `Call there: ${of
      .map(
        ({ project, store, run }) =>
          `\`contractor --store ${quotedForShell(store)} ${command.name()} ${quotedForShell(`${run}:${project}${step}`)}\``,
      )
      .join(', ')}.`,
  );
}
