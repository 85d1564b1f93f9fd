import { existsSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { ContractorError } from '../index.ts';
import type { Context } from './context.ts';
import { ownCommand, withSupervisor } from './with-supervisor.ts';

/** What `contractor report` does. */
export async function writeReport(
  { run, output, logBytes }: { readonly run: string | undefined; readonly output: string; readonly logBytes: number },
  { context, command }: { readonly context: Context; readonly command: Command },
): Promise<void> {
  const file = resolve(context.workingDirectory, output);
  if (output !== '-' && existsSync(file)) throw isThere(output);
  const { reportHtml } = await import('../inspector/report/report-html.ts');
  await withSupervisor({ context, command }, async (supervisor) => {
    const html = await reportHtml(supervisor, run, { command: ownCommand(command), logBytes, now: context.now() });
    if (output === '-') {
      context.stdout.write(html);
      return;
    }
    try {
      writeFileSync(file, html, { flag: 'wx' });
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'EEXIST') throw isThere(output);
      throw new ContractorError(
        'USAGE',
        `\`${output}\` cannot be written: ${cause instanceof Error ? cause.message : String(cause)}.`,
        'Name a file in a directory that you may write to.',
        { cause },
      );
    }
  });
}

function isThere(output: string): ContractorError {
  return new ContractorError('USAGE', `\`${output}\` is there already.`, 'Name another file, or remove it.');
}
