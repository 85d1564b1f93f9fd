import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ContractorError } from '../errors.ts';
import { directoryPlace } from './directory-place.ts';
import type { Place } from './place.ts';

/** The place that `text` names: `file:DIRECTORY`, or the path of one, from `workingDirectory`. @throws USAGE */
export async function openPlace(
  text: string,
  { workingDirectory = process.cwd() }: { readonly workingDirectory?: string } = {},
): Promise<Place> {
  if (text.startsWith('file://')) return directoryPlace(pathOfUrl(text));
  if (text.startsWith('file:') && text.length > 5) return directoryPlace(resolve(workingDirectory, text.slice(5)));
  if (/^(\/|\.\.?(\/|$))/.test(text)) return directoryPlace(resolve(workingDirectory, text));
  throw noPlace(text);
}

function pathOfUrl(text: string): string {
  try {
    return fileURLToPath(text);
  } catch {
    throw noPlace(text);
  }
}

function noPlace(text: string): ContractorError {
  return new ContractorError(
    'USAGE',
    `${JSON.stringify(text)} names no place for artifacts.`,
    'Name a directory as `file:/path`, `/path` or `./path`.',
  );
}
