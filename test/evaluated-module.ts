import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What the module `text` exports, run as a file of a program that has our packages. */
export async function evaluatedModule(text: string): Promise<Record<string, unknown>> {
  const directory = mkdtempSync(join(tmpdir(), 'contractor-module-'));
  try {
    symlinkSync(join(import.meta.dirname, '../node_modules'), join(directory, 'node_modules'));
    const file = join(directory, 'module.mjs');
    writeFileSync(file, text);
    return (await import(/* @vite-ignore */ pathToFileURL(file).href)) as Record<string, unknown>;
  } finally {
    rmSync(directory, { recursive: true });
  }
}
