import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ContractorError } from '../../index.ts';
import type { Context } from '../context.ts';

/** `text` as a person has changed it in an editor. */
export async function editedText(text: string, name: string, context: Context): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'contractor-edit-'));
  try {
    const file = join(directory, name);
    writeFileSync(file, text);
    await editFile(file, context);
    return readFileSync(file, 'utf8');
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Opens a file in the editor of the person, and waits until that is left. @throws USAGE when it fails */
export async function editFile(file: string, { env }: Context): Promise<void> {
  // What is in these variables may be a command with options, as other programs take it too.
  const editor = env['VISUAL'] || env['EDITOR'] || 'sensible-editor';
  const status = await new Promise<number | null>((resolve) => {
    const child = spawn('/bin/sh', ['-c', `${editor} "$1"`, 'sh', file], { stdio: 'inherit', env: { ...env } });
    child.once('exit', resolve);
    child.once('error', () => resolve(null));
  });
  if (status === 0) return;
  throw new ContractorError(
    'USAGE',
    `The editor \`${editor}\` did not end well${status === null ? '' : ` (status ${status})`}: nothing is done.`,
    'Name one that does in the environment, as `EDITOR=nano`.',
  );
}
