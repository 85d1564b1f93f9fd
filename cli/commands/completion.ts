import { Argument, type Command } from 'commander';
import type { Context } from '../context.ts';
import { examples } from '../examples.ts';

export function addCompletion(program: Command, context: Context): void {
  program
    .command('completion')
    .summary('print what makes a shell complete the words of contractor')
    .description('Prints a script that makes a shell complete commands, options, runs, artifacts and projects.')
    .addArgument(new Argument('<shell>', 'which shell').choices(['bash', 'zsh', 'fish']))
    .addHelpText(
      'after',
      examples([
        ['source <(contractor completion bash)', 'in ~/.bashrc'],
        ['source <(contractor completion zsh)', 'in ~/.zshrc, after compinit'],
        ['contractor completion fish | source', 'in ~/.config/fish/config.fish'],
      ]),
    )
    .action(async (shell: 'bash' | 'zsh' | 'fish') => {
      const { COMPLETION_SCRIPTS } = await import('../completion/scripts.ts');
      context.stdout.write(COMPLETION_SCRIPTS[shell]);
    });
}
