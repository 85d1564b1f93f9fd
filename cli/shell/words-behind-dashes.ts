import type { Command } from 'commander';
import { ContractorError } from '../../index.ts';

/**
 * Which words name the step, and which are the command behind `--`: the parser of
 * command lines gives both in one row, and a step may be left out.
 */
export function wordsBehindDashes(
  { step, words }: { readonly step: string | undefined; readonly words: readonly string[] },
  command: Command,
): { readonly reference: string; readonly behind: readonly string[] } {
  const all = [...(step === undefined ? [] : [step]), ...words];
  let root = command;
  while (root.parent !== null) root = root.parent;
  const raw = (root as Command & { readonly rawArgs: readonly string[] }).rawArgs;
  const dashes = raw.indexOf('--');
  const count = dashes < 0 ? 0 : raw.length - dashes - 1;
  const [reference = '', ...more] = all.slice(0, all.length - count);
  if (more.length > 0) {
    throw new ContractorError(
      'USAGE',
      `\`${more[0]}\` is one word too many.`,
      'Write a command behind `--`, as in `contractor shell : -- make test`.',
    );
  }
  return { reference, behind: all.slice(all.length - count) };
}
