import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { examples } from '../examples.ts';

export function addLock(program: Command, context: Context): void {
  program
    .command('lock')
    .summary('hold a specification to the packages that were installed')
    .description(
      'Writes which packages the `debootstrap` steps of a specification have installed when they were last built, each with its\n' +
        'version, file and origin, to a file beside it: build.lock.json for build.yaml. From then on `contractor build` installs\n' +
        'exactly these, or fails and says which it cannot have; with --no-lock it takes what the mirrors have.\n' +
        'Exit status: 0 written, or with --check: the lock is there and fits the specification; 2 it is not, or does not.',
    )
    .argument('[spec]', 'the specification (default: build.yaml, else contractor.yaml)')
    .option('--check', 'write nothing; say whether there is a lock that fits')
    .option('--json', 'print the lock as JSON, and write nothing')
    .addHelpText(
      'after',
      examples([
        ['contractor lock', 'hold to what the last build installed'],
        ['contractor build --no-lock && contractor lock', 'take what is new, and hold to that'],
        ['contractor lock --check', 'in a test of the specification'],
      ]),
    )
    .action(async (spec: string | undefined, options: { check?: boolean; json?: boolean }, command: Command) => {
      const { runLock } = await import('../run-lock.ts');
      await runLock({ spec, options }, { context, command });
    });
}
