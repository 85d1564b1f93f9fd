import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { examples } from '../examples.ts';

export function addSchema(program: Command, context: Context): void {
  program
    .command('schema')
    .summary('print the JSON Schema of specifications')
    .description(
      'Prints the JSON Schema (draft 2020-12) of build specifications. An editor with a YAML language server completes\n' +
        'and explains the keys of a file that begins with `# yaml-language-server: $schema=PATH`.',
    )
    .addHelpText('after', examples([['contractor schema > spec.schema.json', 'for the editor']]))
    .action(async () => {
      const [{ buildSpecSchema, declarations }, { printJson }] = await Promise.all([
        import('../../index.ts'),
        import('../print.ts'),
      ]);
      printJson(buildSpecSchema(declarations), context);
    });
}
