import type { Command } from 'commander';
import type { Context } from '../context.ts';

/** The hidden command that the scripts of `contractor completion` ask: `__complete -- WORD…`. */
export function addComplete(program: Command, context: Context): void {
  program
    .command('__complete', { hidden: true })
    .argument('[words...]')
    .action(async (words: string[], _options: object, command: Command) => {
      const [{ completions }, { nameableIn }, { withSupervisor }] = await Promise.all([
        import('../completion/completions.ts'),
        import('../completion/nameable.ts'),
        import('../with-supervisor.ts'),
      ]);
      // The store is that of the line to complete.
      command.setOptionValue('store', storeIn(words) ?? command.optsWithGlobals<{ store?: string }>().store);
      const nameable = nameableIn((use) => withSupervisor({ context, command }, use), context);
      try {
        for (const { word, description } of await completions(program, words, nameable)) {
          context.stdout.write(description === undefined ? `${word}\n` : `${word}\t${description}\n`);
        }
      } catch {
        // Whatever is wrong is told when the command is run; nobody reads it while completing.
      }
    });
}

function storeIn(words: readonly string[]): string | undefined {
  const joined = words.find((word) => word.startsWith('--store='))?.slice('--store='.length);
  const place = words.indexOf('--store');
  return joined ?? (place < 0 ? undefined : words[place + 1]);
}
