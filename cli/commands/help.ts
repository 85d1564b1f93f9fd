import type { Command } from 'commander';
import type { Context } from '../context.ts';

/** In place of Commander's own, which answers a misspelt command with the help of everything. */
export function addHelp(program: Command, _context: Context): void {
  program
    .command('help')
    .summary('print the help of a command')
    .description('Prints the help of a command; without one, that of contractor.')
    .argument('[command...]', 'the command, as in `help build` or `help artifact export`')
    .action(async (words: string[]) => {
      let found: Command = program;
      for (const word of words) {
        const next = found.commands.find((one) => one.name() === word || one.aliases().includes(word));
        if (next === undefined) {
          // Running it gives Commander's own words for a command that there is not, with what may be meant.
          await found.parseAsync([word], { from: 'user' });
          return;
        }
        found = next;
      }
      found.outputHelp();
    });
}
