import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ContractorError } from '../errors.ts';
import { directoryPlace } from './directory-place.ts';
import type { Place } from './place.ts';

/**
 * The place that `text` names: `s3://BUCKET/PREFIX`, `file:DIRECTORY`, or the path of one, from `workingDirectory`. `endpoint` is another
 * server than that of AWS; it and the credentials are else taken from `env`, by the names that the tools of AWS use, or from their files.
 *
 * @throws USAGE, PLACE_UNUSABLE
 */
export async function openPlace(
  text: string,
  {
    workingDirectory = process.cwd(),
    endpoint,
    env = process.env,
  }: {
    readonly workingDirectory?: string;
    readonly endpoint?: string | undefined;
    readonly env?: Readonly<Record<string, string | undefined>>;
  } = {},
): Promise<Place> {
  if (/^s3(\+http)?:/.test(text)) {
    const [{ s3Address }, { s3Place }, { awsProfile }] = await Promise.all([
      import('./s3-address.ts'),
      import('./s3-place.ts'),
      import('./aws-profile.ts'),
    ]);
    return s3Place(s3Address(text, { endpoint, env, profile: await awsProfile(env) }));
  }
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
    // What has an `@` in it may have a password in it.
    `${text.includes('@') ? 'What was given' : JSON.stringify(text)} names no place for artifacts.`,
    'Name a directory as `file:/path`, `/path` or `./path`, or a bucket as `s3://bucket/prefix`.',
  );
}
