import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { examples } from '../examples.ts';
import type { InspectOptions } from '../run-inspect.ts';
import { portNumber } from '../show-options.ts';

export function addInspect(program: Command, context: Context): void {
  program
    .command('inspect')
    .summary('show a run in a browser, live or afterwards')
    .description(
      'Serves a page on this machine: the projects as a graph, the state machine of each, a timeline, logs, and the history to\n' +
        'replay; with buttons to cancel a run and to go on with it. It needs no network. Only who has the printed address gets in;\n' +
        'keep it to yourself. Ends with Ctrl-C; builds that the page has begun are cancelled then.\n' +
        'With `--database`: the runs that workers share, and the workers; a run can be cancelled there, and is begun by `build`.',
    )
    .argument('[run]', 'its id, or the beginning of it (default: the newest)')
    .option('--port <number>', 'where to listen, on 127.0.0.1 (default: one that is free)', portNumber)
    .option('--token-file <file>', 'the token that lets one in, made when it is not there; for Prometheus: /metrics')
    .addHelpText(
      'after',
      examples([
        ['contractor inspect', 'the newest run'],
        [
          'contractor inspect k3x9 --port 8000',
          'another, at a place that one can tunnel to: ssh -L 8000:127.0.0.1:8000 HOST',
        ],
        ['contractor inspect --database postgres://ci@db/ci', 'the runs that workers share'],
        ['contractor inspect --port 9468 --token-file token', 'and at /metrics what Prometheus scrapes'],
      ]),
    )
    .action(async (run: string | undefined, options: InspectOptions, command: Command) => {
      const { runInspect } = await import('../run-inspect.ts');
      await runInspect({ run, options }, { context, command });
    });
}
