import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { AwsClient } from 'aws4fetch';
import { ContractorError } from '../errors.ts';
import type { S3Address } from './s3-address.ts';

/** How long a server is waited for. */
export interface Patience {
  /** For the next bytes of an answer, or the answer to what was sent. */
  readonly stallMs: number;
  readonly attempts: number;
  /** Before the second attempt; before each further one it is twice as long. A random part of it is waited. */
  readonly backoffMs: number;
}

export const USUAL_PATIENCE: Patience = { stallMs: 60_000, attempts: 6, backoffMs: 500 };

/** No slower link than this is waited for, in bytes a millisecond. */
const SLOWEST = 50;
const LONGEST_BACKOFF_MS = 20_000;

export interface S3Request {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'DELETE';
  /** A key in the bucket, or a query of the bucket, with its `?`. */
  readonly path: string;
  readonly body?: Buffer;
  /** A longer answer is not read to its end: `isTooLong`. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal | undefined;
}

export interface S3Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
  readonly isTooLong: boolean;
}

/**
 * Asks a bucket, and asks again after what may pass: no connection, silence, an answer that breaks off, 429, 5xx. Each attempt is signed
 * anew, with the hash of what is sent. A redirect is not followed: it would lead to who knows whom.
 *
 * @throws PLACE_UNUSABLE when it does not pass
 */
export function s3Requests(
  { url, shown, region, credentials }: S3Address,
  { stallMs, attempts, backoffMs }: Patience = USUAL_PATIENCE,
): (request: S3Request) => Promise<S3Answer> {
  const client = new AwsClient({ ...credentials, region, service: 's3', retries: 0 });
  return async (request) => {
    const { signal } = request;
    for (let attempt = 1; ; attempt++) {
      signal?.throwIfAborted();
      const answer = await once(client, addressOf(url, request.path), { request, stallMs }).catch((error: unknown) => {
        signal?.throwIfAborted();
        return unreachable(error, shown);
      });
      const isRefusal = answer instanceof ContractorError;
      if (!isRefusal && answer.status < 500 && answer.status !== 429) return answer;
      if (attempt === attempts) throw isRefusal ? answer : refusalOfAnswer(answer, shown);
      const longest = Math.min(backoffMs * 2 ** (attempt - 1), LONGEST_BACKOFF_MS);
      await wait(longest * (0.5 + Math.random() / 2), undefined, signal === undefined ? {} : { signal });
    }
  };
}

/** Not `bucket/?…`: that is signed in two ways. */
function addressOf(url: string, path: string): string {
  return path.startsWith('?') ? `${url}${path}` : `${url}/${path}`;
}

async function once(
  client: AwsClient,
  url: string,
  { request, stallMs }: { readonly request: S3Request; readonly stallMs: number },
): Promise<S3Answer> {
  const { method, body, maxBytes, signal } = request;
  const stalled = new AbortController();
  const giveUp = (): void => stalled.abort(new Error('there was no answer for too long'));
  let timer = setTimeout(giveUp, stallMs + (body?.length ?? 0) / SLOWEST);
  try {
    const hash = createHash('sha256')
      .update(body ?? '')
      .digest('hex');
    const signed = await client.sign(url, {
      method,
      headers: { 'x-amz-content-sha256': hash },
      ...(body === undefined ? {} : { body: new Uint8Array(body) }),
    });
    signed.headers.set('accept-encoding', 'identity'); // Not signed: what is between may change it.
    const response = await fetch(signed, {
      redirect: 'manual',
      signal: AbortSignal.any([stalled.signal, ...(signal === undefined ? [] : [signal])]),
    });
    const pieces: Uint8Array[] = [];
    let length = 0;
    // Leaving the loop ends the connection.
    for await (const piece of response.body ?? []) {
      clearTimeout(timer);
      timer = setTimeout(giveUp, stallMs);
      pieces.push(piece);
      length += piece.length;
      if (length > maxBytes) break;
    }
    const { status, headers } = response;
    return { status, headers, body: Buffer.concat(pieces), isTooLong: length > maxBytes };
  } finally {
    clearTimeout(timer);
  }
}

/** What a server says beyond its code may have the credentials in it: only the code is repeated. */
export function refusalOfAnswer({ status, body }: S3Answer, shown: string): ContractorError {
  const code = /<Code>([A-Za-z]{1,60})<\/Code>/.exec(body.subarray(0, 4096).toString('latin1'))?.[1];
  return new ContractorError(
    'PLACE_UNUSABLE',
    `${shown} refuses: ${status}${code === undefined ? '' : `, ${code}`}.`,
    status === 403 || status === 401
      ? 'Look at AWS_ACCESS_KEY_ID and the others, at the clock, and what they may do there: s3:GetObject, s3:PutObject, s3:ListBucket; to prune s3:DeleteObject.'
      : status < 500 && status !== 429
        ? 'Look at the name of the bucket, AWS_REGION and the endpoint.'
        : 'Do it again later: what has arrived is kept.',
  );
}

function unreachable(error: unknown, shown: string): ContractorError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const why =
    cause instanceof Error ? ('code' in cause ? `${cause.message} (${String(cause.code)})` : cause.message) : '';
  return new ContractorError(
    'PLACE_UNUSABLE',
    `${shown} cannot be reached: ${why}.`,
    'Look at the endpoint, the network, and whether the server runs and has a certificate that this host knows (NODE_EXTRA_CA_CERTS); then do it again: what has arrived is kept.',
    { cause: error },
  );
}
