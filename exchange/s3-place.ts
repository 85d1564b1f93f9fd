import { tooLong } from './directory-place.ts';
import { isKey } from './place.ts';
import type { Place, PlaceObject } from './place.ts';
import type { S3Address } from './s3-address.ts';
import { refusalOfAnswer, s3Requests } from './s3-requests.ts';
import type { Patience, S3Answer } from './s3-requests.ts';

const MAX_ANSWER_BYTES = 8 * 1024 ** 2;

/**
 * A bucket of AWS, or of another server that speaks as it does. An object is put with one request, so it is whole or not there; none is
 * longer than a parcel or a manifest, so no upload needs parts.
 */
export function s3Place(
  address: S3Address,
  { patience, keysAtOnce = 1000 }: { readonly patience?: Patience; readonly keysAtOnce?: number } = {},
): Place {
  const { shown, prefix } = address;
  const ask = s3Requests(address, patience);
  const pathOf = (key: string): string => {
    if (!isKey(key)) throw new Error(`${JSON.stringify(key)} is no key`);
    return escaped(`${prefix}${key}`);
  };
  const asked = async (request: Parameters<typeof ask>[0], ...known: number[]): Promise<S3Answer> => {
    const answer = await ask(request);
    if (known.includes(answer.status) && !/<Code>NoSuchBucket</.test(answer.body.subarray(0, 4096).toString('latin1')))
      return answer;
    throw refusalOfAnswer(answer, shown);
  };
  return {
    shown,
    settleMs: 0,
    prepare: async () => {
      // Always the same, so that nothing has to be removed: not everybody may.
      await asked({ method: 'PUT', path: pathOf('prepared'), body: Buffer.alloc(0), maxBytes: MAX_ANSWER_BYTES }, 200);
    },
    get: async (key, { maxBytes, signal }) => {
      const answer = await asked({ method: 'GET', path: pathOf(key), maxBytes, signal }, 200, 404);
      if (answer.status === 404) return undefined;
      if (answer.isTooLong) throw tooLong(key, { shown, maxBytes });
      return answer.body;
    },
    put: async (key, bytes, { signal } = {}) => {
      await asked({ method: 'PUT', path: pathOf(key), body: bytes, maxBytes: MAX_ANSWER_BYTES, signal }, 200);
    },
    look: async (key, { signal } = {}) => {
      const { status, headers } = await asked({ method: 'HEAD', path: pathOf(key), maxBytes: 0, signal }, 200, 404);
      if (status === 404) return undefined;
      const modifiedAt = Date.parse(headers.get('last-modified') ?? '');
      return { key, sizeBytes: Number(headers.get('content-length') ?? -1), modifiedAt };
    },
    remove: async (key, { signal } = {}) => {
      await asked({ method: 'DELETE', path: pathOf(key), maxBytes: MAX_ANSWER_BYTES, signal }, 200, 204, 404);
    },
    list: (folder, { signal } = {}) => listed(folder, signal),
  };

  async function* listed(folder: string, signal: AbortSignal | undefined): AsyncGenerator<PlaceObject> {
    let next: string | undefined;
    do {
      const query = [
        ['list-type', '2'],
        ['max-keys', String(keysAtOnce)],
        ['prefix', `${prefix}${folder}`],
        ...(next === undefined ? [] : [['continuation-token', next]]),
      ].map(([name = '', value = '']) => `${name}=${encodeURIComponent(value)}`);
      const path = `?${query.join('&')}`;
      const { body, isTooLong } = await asked({ method: 'GET', path, maxBytes: MAX_ANSWER_BYTES, signal }, 200);
      if (isTooLong) throw tooLong(folder, { shown, maxBytes: MAX_ANSWER_BYTES });
      const text = body.toString();
      for (const [, entry = ''] of text.matchAll(/<Contents>(.*?)<\/Contents>/gs)) {
        const key = element(entry, 'Key') ?? '';
        const rest = key.slice(prefix.length);
        if (!key.startsWith(prefix) || !rest.startsWith(folder) || !isKey(rest)) continue;
        const modifiedAt = Date.parse(element(entry, 'LastModified') ?? '');
        yield { key: rest, sizeBytes: Number(element(entry, 'Size') ?? -1), modifiedAt };
      }
      next = element(text, 'IsTruncated') === 'true' ? unescaped(element(text, 'NextContinuationToken')) : undefined;
    } while (next !== undefined);
  }
}

/** `+` means itself in a path, and some servers read it as a space. */
function escaped(key: string): string {
  return key.replaceAll('+', '%2B');
}

function element(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescaped(text: string | undefined): string | undefined {
  return text
    ?.replaceAll(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => ENTITIES[name] ?? '')
    .replaceAll(/&#(x?)([0-9a-f]{1,6});/gi, (_, x: string, digits: string) =>
      String.fromCodePoint(Number.parseInt(digits, x === '' ? 10 : 16)),
    );
}
