import { Argument, type Command } from 'commander';
import type * as api from '../../index.ts';
import type { Context } from '../context.ts';
import { examples } from '../examples.ts';

export function addSchema(program: Command, context: Context): void {
  program
    .command('schema')
    .summary('print the JSON Schema of specifications, or of events')
    .description(
      'Prints the JSON Schema (draft 2020-12) of build specifications. An editor with a YAML language server completes\n' +
        'and explains the keys of a file that begins with `# yaml-language-server: $schema=PATH`. With `events`: that of the\n' +
        'events that `build --json` prints, and that the library gives; with `watch-events`: of those of `watch`; with `build-policy`: of the\n' +
        'policies that `build --policy` takes.',
    )
    .addArgument(
      new Argument('[of]', 'of what').choices(['spec', 'events', 'watch-events', 'build-policy']).default('spec'),
    )
    .addHelpText(
      'after',
      examples([
        ['contractor schema > spec.schema.json', 'for the editor'],
        ['contractor schema events', 'for a program that reads `--json`'],
      ]),
    )
    .action(async (of: keyof typeof OF) => {
      const [api, { printJson }] = await Promise.all([import('../../index.ts'), import('../print.ts')]);
      printJson(OF[of](api), context);
    });
}

const OF = {
  spec: ({ buildSpecSchema, declarations }: Api) => buildSpecSchema(declarations),
  events: ({ buildEventSchema }: Api) => buildEventSchema,
  'watch-events': ({ watchEventSchema }: Api) => watchEventSchema,
  'build-policy': ({ buildPolicySchema }: Api) => buildPolicySchema,
};

type Api = Pick<
  typeof api,
  'buildSpecSchema' | 'declarations' | 'buildEventSchema' | 'watchEventSchema' | 'buildPolicySchema'
>;
