import { ContractorError } from '../errors.ts';
import type { AwsProfile } from './aws-profile.ts';
import { isKey } from './place.ts';

/** Where a bucket is, and as whom it is asked. */
export interface S3Address {
  /** As the user names it: `s3://bucket/prefix`. */
  readonly shown: string;
  /** Of the bucket, without a slash at its end. */
  readonly url: string;
  /** Before each key: empty, or with a slash at its end. */
  readonly prefix: string;
  readonly region: string;
  readonly credentials: S3Credentials;
}

interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

const S3_TEXT = /^(s3(?:\+http)?):\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*?))?\/?$/;
const LOOPBACK = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/;

/**
 * Reads `s3://bucket/prefix`, with what the environment and a profile of AWS say. Another endpoint than that of AWS is asked
 * path-style, as most servers that are not AWS know nothing else. What is not encrypted has to be asked for, as
 * `s3+http://bucket`, but from this host itself.
 *
 * @throws USAGE, PLACE_UNUSABLE without credentials
 */
export function s3Address(
  text: string,
  {
    endpoint,
    env,
    profile = {},
  }: { readonly endpoint?: string | undefined; readonly env: Environment; readonly profile?: AwsProfile },
): S3Address {
  const [, scheme, bucket, prefix = ''] = S3_TEXT.exec(text) ?? [];
  if (bucket === undefined || (prefix !== '' && !isKey(prefix))) {
    // What has an `@` in it may have a password in it.
    const said = text.includes('@') ? 'What was given' : JSON.stringify(text);
    throw new ContractorError(
      'USAGE',
      `${said} names no bucket.`,
      'Name it as `s3://bucket` or `s3://bucket/prefix`, with a prefix of letters, digits and `._+-/`, and without credentials.',
    );
  }
  const shown = `${scheme}://${bucket}${prefix && `/${prefix}`}`;
  const region = env['AWS_REGION'] || env['AWS_DEFAULT_REGION'] || profile['region'] || 'us-east-1';
  if (!/^[a-z0-9-]{1,40}$/.test(region))
    throw new ContractorError('USAGE', 'AWS_REGION, or the profile of AWS, names no region.', 'Correct it.');
  const other = endpoint || env['AWS_ENDPOINT_URL_S3'] || env['AWS_ENDPOINT_URL'] || profile['endpoint_url'];
  return {
    shown,
    url: other
      ? `${checkedEndpoint(other, { mayBePlain: scheme === 's3+http', shown })}/${bucket}`
      : bucketAtAws(bucket, region),
    prefix: prefix && `${prefix}/`,
    region,
    credentials: credentialsOf({ env, profile, shown }),
  };
}

/** A name with dots has no certificate as a host name. */
function bucketAtAws(bucket: string, region: string): string {
  const host = `s3.${region}.amazonaws.com`;
  return bucket.includes('.') ? `https://${host}/${bucket}` : `https://${bucket}.${host}`;
}

/** The text is not repeated: it may have a password in it. */
function checkedEndpoint(
  text: string,
  { mayBePlain, shown }: { readonly mayBePlain: boolean; readonly shown: string },
): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isWhole = url?.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (url === undefined || !isWhole || !['http:', 'https:'].includes(url.protocol)) {
    throw new ContractorError(
      'USAGE',
      'The endpoint is no address of a server.',
      'Give it as `https://s3.example:9000`, without a user, a password or a query: credentials are taken from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
    );
  }
  if (url.protocol === 'http:' && !mayBePlain && !LOOPBACK.test(url.hostname)) {
    throw new ContractorError(
      'USAGE',
      `${shown} would be asked without encryption, at ${url.host}: who is between could read and change all of it.`,
      `Give the endpoint as \`https://…\`; or name the place as \`${shown.replace('s3:', 's3+http:')}\` if that is meant.`,
    );
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

/** Of the environment, or else of the profile: never some of each. */
function credentialsOf({
  env,
  profile,
  shown,
}: {
  readonly env: Environment;
  readonly profile: AwsProfile;
  readonly shown: string;
}): S3Credentials {
  const names = ['ACCESS_KEY_ID', 'SECRET_ACCESS_KEY', 'SESSION_TOKEN'];
  const ofEnvironment = names.map((name) => env[`AWS_${name}`] ?? '');
  const isInEnvironment = ofEnvironment[0] !== '' || ofEnvironment[1] !== '';
  const [accessKeyId, secretAccessKey, sessionToken] = isInEnvironment
    ? ofEnvironment
    : names.map((name) => profile[`aws_${name.toLowerCase()}`] ?? '');
  if (!accessKeyId || !secretAccessKey) {
    throw new ContractorError(
      'PLACE_UNUSABLE',
      `There are no credentials for ${shown}.`,
      'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and AWS_SESSION_TOKEN where they are temporary; or have them in a profile of `~/.aws/credentials`, which AWS_PROFILE names.',
    );
  }
  return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
}
