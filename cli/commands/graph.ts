import { Option, type Command } from 'commander';
import type { Context } from '../context.ts';
import { examples } from '../examples.ts';

interface GraphOptions {
  readonly project?: string;
  readonly onFailure?: 'pause' | 'stop';
  readonly break?: readonly string[];
  readonly format: 'mermaid' | 'dot' | 'svg' | 'json' | 'xstate';
}

export function addGraph(program: Command, context: Context): void {
  program
    .command('graph')
    .summary('draw the projects of a specification, or the state machine of one')
    .description(
      'Prints which project needs which, or with --project the state machine that is made of one. Runs nothing.\n' +
        'The form `xstate` is a module with a `createMachine(...)`: it runs, and Stately Studio can import it.',
    )
    .argument('[spec]', 'the specification, or - for the standard input (default: build.yaml, else contractor.yaml)')
    .option('--project <name>', 'the state machine of this project')
    .addOption(new Option('--on-failure <what>', 'its machine in a build with this option').choices(['pause', 'stop']))
    .option(
      '--break <step>',
      'its machine in a build that pauses before this step; may be said again',
      (step: string, all?: readonly string[]) => [...(all ?? []), step],
    )
    .addOption(
      new Option('--format <format>', 'what to print')
        .choices(['mermaid', 'dot', 'svg', 'json', 'xstate'])
        .default('mermaid'),
    )
    .addHelpText(
      'after',
      examples([
        ['contractor graph --format svg > projects.svg', 'a picture of ./build.yaml'],
        ['contractor graph --project hello --format dot | dot -Tpng > hello.png', 'with Graphviz'],
        ['contractor graph --project hello --on-failure=pause', 'with the state `paused`'],
        ['contractor graph --project hello --format xstate', 'for Stately Studio'],
      ]),
    )
    .action(async (spec: string | undefined, options: GraphOptions, command: Command) => {
      const { printGraph } = await import('../print-graph.ts');
      await printGraph({ spec, ...options }, { context, command });
    });
}
