import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ContractorError } from '../errors.ts';

/** What the files of the tools of AWS say, by their own names: `aws_access_key_id`, `region`, `endpoint_url`, … */
export type AwsProfile = Readonly<Record<string, string>>;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the profile that AWS_PROFILE names, or `default`, from `~/.aws/config` and `~/.aws/credentials`, or the files that
 * AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE name. A file that is not there says nothing, where nobody has named it.
 *
 * @throws PLACE_UNUSABLE when a file or a profile that was named is not there, or a file may not be read
 */
export async function awsProfile(env: Environment): Promise<AwsProfile> {
  const name = env['AWS_PROFILE'] || 'default';
  const home = env['HOME'] || homedir();
  const said = async (file: string | undefined, usual: string): Promise<string> => {
    const path = file || join(home, '.aws', usual);
    return await readFile(path, 'utf8').catch((error: unknown) => {
      if (!file && error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
      const why = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
      throw unusable(`The file of AWS credentials or settings \`${path}\` cannot be read: ${why}.`);
    });
  };
  const config = await said(env['AWS_CONFIG_FILE'], 'config');
  const credentials = await said(env['AWS_SHARED_CREDENTIALS_FILE'], 'credentials');
  const found = [sectionOf(config, name === 'default' ? name : `profile ${name}`), sectionOf(credentials, name)].filter(
    (section) => section !== undefined,
  );
  if (found.length === 0 && env['AWS_PROFILE']) {
    throw unusable('The profile that AWS_PROFILE names is in none of the files of AWS.');
  }
  return Object.assign({}, ...found) as AwsProfile;
}

/** Undefined: there is no such section. Indented lines belong to a setting that is a group of its own, and count for nothing here. */
function sectionOf(text: string, name: string): AwsProfile | undefined {
  let section: Record<string, string> | undefined;
  let isHere = false;
  for (const line of text.split(/\r?\n/)) {
    const heading = /^\[\s*(.*?)\s*\]/.exec(line)?.[1];
    if (heading !== undefined) {
      isHere = heading.replaceAll(/\s+/g, ' ') === name;
      if (isHere) section ??= {};
    }
    const [, key, value] = /^([A-Za-z_][\w-]*)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (isHere && section && key && value) section[key.toLowerCase()] = value;
  }
  return section;
}

function unusable(message: string): ContractorError {
  return new ContractorError(
    'PLACE_UNUSABLE',
    message,
    'Correct AWS_PROFILE, AWS_SHARED_CREDENTIALS_FILE or AWS_CONFIG_FILE, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
  );
}
