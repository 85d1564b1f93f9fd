import { ContractorError } from '../errors.ts';
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

const S3_TEXT = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*?))?\/?$/;

/**
 * Reads `s3://bucket/prefix`, with what the environment says under the names that the tools of AWS use. Another endpoint than that
 * of AWS is asked path-style, as most servers that are not AWS know nothing else.
 *
 * @throws USAGE, PLACE_UNUSABLE without credentials
 */
export function s3Address(
  text: string,
  { endpoint, env }: { readonly endpoint?: string | undefined; readonly env: Environment },
): S3Address {
  const [, bucket, prefix = ''] = S3_TEXT.exec(text) ?? [];
  if (bucket === undefined || (prefix !== '' && !isKey(prefix))) {
    throw new ContractorError(
      'USAGE',
      `${JSON.stringify(text)} names no bucket.`,
      'Name it as `s3://bucket` or `s3://bucket/prefix`, with a prefix of letters, digits and `._+-/`.',
    );
  }
  const shown = `s3://${bucket}${prefix && `/${prefix}`}`;
  const region = env['AWS_REGION'] || env['AWS_DEFAULT_REGION'] || 'us-east-1';
  if (!/^[a-z0-9-]{1,40}$/.test(region))
    throw new ContractorError('USAGE', 'AWS_REGION names no region.', 'Correct it.');
  const other = endpoint || env['AWS_ENDPOINT_URL_S3'] || env['AWS_ENDPOINT_URL'];
  return {
    shown,
    url: other ? `${checkedEndpoint(other)}/${bucket}` : bucketAtAws(bucket, region),
    prefix: prefix && `${prefix}/`,
    region,
    credentials: credentialsOf(env, shown),
  };
}

/** A name with dots has no certificate as a host name. */
function bucketAtAws(bucket: string, region: string): string {
  const host = `s3.${region}.amazonaws.com`;
  return bucket.includes('.') ? `https://${host}/${bucket}` : `https://${bucket}.${host}`;
}

/** The text is not repeated: it may have a password in it. */
function checkedEndpoint(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url?.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (url !== undefined && isPlain && ['http:', 'https:'].includes(url.protocol)) {
    return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
  }
  throw new ContractorError(
    'USAGE',
    'The endpoint is no address of a server.',
    'Give it as `https://s3.example:9000`, without a user, a password or a query: credentials are taken from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
  );
}

function credentialsOf(env: Environment, shown: string): S3Credentials {
  const [accessKeyId, secretAccessKey, sessionToken] = ['ACCESS_KEY_ID', 'SECRET_ACCESS_KEY', 'SESSION_TOKEN'].map(
    (name) => env[`AWS_${name}`] ?? '',
  );
  if (!accessKeyId || !secretAccessKey) {
    throw new ContractorError(
      'PLACE_UNUSABLE',
      `There are no credentials for ${shown}.`,
      'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and AWS_SESSION_TOKEN where they are temporary.',
    );
  }
  return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
}
