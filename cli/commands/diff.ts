import type { Command } from 'commander';
import type { Context } from '../context.ts';
import type { DiffOptions } from '../diff/print-diff.ts';
import { examples } from '../examples.ts';

export function addDiff(program: Command, context: Context): void {
  program
    .command('diff')
    .summary('show what a step changed')
    .description(
      'Shows which files a step added (A), changed (M) and removed (D), also one that failed: what it had done by then,\n' +
        'or one that runs: what it has done so far.\n' +
        'With a PATH that is a file: how its contents differ. With two steps: how what the second left differs from what the\n' +
        'first left, be they of one run, attempts of one step, or of two runs.',
    )
    .argument(
      '[step]',
      'RUN:PROJECT:STEP, or one attempt of it: RUN:PROJECT:STEP#2; what is left out is chosen as by `contractor logs`',
    )
    .argument('[other]', 'another step or attempt, to compare with; or the path')
    .argument(
      '[path]',
      'only what is there and below; relative to the workspace, or absolute as the container has it (one with a colon: ./a:b)',
    )
    .option('--json', 'print the changes as JSON')
    .option('--all', 'compare all of a large file')
    .addHelpText(
      'after',
      examples([
        ['contractor diff', 'what the step that failed had changed'],
        ['contractor diff k3x9:hello:3', 'what the third step of hello changed'],
        ['contractor diff k3x9:hello:3 Makefile', 'in that file'],
        ['contractor diff :hello:3#1 :hello:3#2', 'how two attempts differ'],
        ['contractor diff k3x9:hello p7m2:hello', 'how the same project ended up in two runs'],
        ['contractor artifact diff hello@1 hello@2', 'two versions of an artifact'],
      ]),
    )
    .action(
      async (
        step: string | undefined,
        other: string | undefined,
        path: string | undefined,
        options: DiffOptions,
        command: Command,
      ) => {
        const [{ withSupervisor }, { printDiff }, { namesState, statesNamed }] = await Promise.all([
          import('../with-supervisor.ts'),
          import('../diff/print-diff.ts'),
          import('../diff/state-words.ts'),
        ]);
        const second = other !== undefined && (path !== undefined || namesState(other)) ? other : undefined;
        await withSupervisor({ context, command }, (supervisor) =>
          printDiff(
            statesNamed([step ?? '', second], supervisor),
            { ...options, path: path ?? (second === undefined ? other : undefined) },
            { supervisor, context },
          ),
        );
      },
    );
}

/** `contractor artifact diff`. */
export function addArtifactDiff(artifact: Command, context: Context): void {
  artifact
    .command('diff')
    .summary('show how two artifacts differ')
    .description(
      'Shows which files the second artifact has more (A), other (M) and not (D) than the first; of two system trees first\n' +
        'which packages were upgraded, downgraded, rebuilt (the same version from another file), added and removed.',
    )
    .argument('<a>', 'an artifact: its name, or name@version')
    .argument('<b>', 'the one to compare it with')
    .argument('[path]', 'only what is there and below; of a file, how its contents differ')
    .option('--json', 'print the changes as JSON')
    .option('--all', 'compare all of a large file')
    .addHelpText(
      'after',
      examples([
        ['contractor artifact diff unstable-systree@1 unstable-systree@2', 'what the mirror had that is new'],
        ['contractor artifact diff hello@1 hello bin/hello', 'one file of it'],
      ]),
    )
    .action(async (one: string, other: string, path: string | undefined, options: DiffOptions, command: Command) => {
      const [{ withSupervisor }, { printDiff }] = await Promise.all([
        import('../with-supervisor.ts'),
        import('../diff/print-diff.ts'),
      ]);
      await withSupervisor({ context, command }, (supervisor) =>
        printDiff(
          [
            { type: 'artifact', artifact: one },
            { type: 'artifact', artifact: other },
          ],
          { ...options, path },
          { supervisor, context },
        ),
      );
    });
}
