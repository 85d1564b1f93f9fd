import { createHash } from 'node:crypto';
import { expiryOf } from './openpgp-expiry.ts';
import { packetAt, PUBLIC_KEY, PUBLIC_SUBKEY } from './openpgp-packet.ts';

/** A public key of OpenPGP with its subkeys and what binds them: enough to verify with, and nothing of other keys. */
export interface PublicKey {
  /** Of the primary key, in hex, upper case. */
  readonly fingerprint: string;
  /** Of its subkeys, as some name a key by these. */
  readonly subkeys: readonly string[];
  readonly packets: Uint8Array;
  /** When it expires by what it says of itself, in milliseconds since 1970; absent where it does not say, or not clearly. */
  readonly expiresAt?: number;
}

const BEGIN = '-----BEGIN PGP PUBLIC KEY BLOCK-----';
const END = '-----END PGP PUBLIC KEY BLOCK-----';

/** Whether a text is meant to be a key, and not the name of one. */
export function isArmour(text: string): boolean {
  return text.includes('-----BEGIN ');
}

/**
 * The keys in a file or text, in ASCII armour or as bytes; undefined when it is neither, or holds anything but public
 * keys. RFC 9580: what is taken is the frame of packets, and of a key packet its fingerprint.
 */
export function publicKeys(contents: Uint8Array): PublicKey[] | undefined {
  const text = Buffer.from(contents).toString('latin1');
  const bytes = text.includes(BEGIN) ? dearmoured(text) : contents;
  if (bytes === undefined) return undefined;
  const keys: { fingerprint: string; subkeys: string[]; start: number; end: number }[] = [];
  for (let at = 0; at < bytes.length;) {
    const packet = packetAt(bytes, at);
    if (packet === undefined) return undefined;
    const last = keys.at(-1);
    const { tag, body, end } = packet;
    if (tag === PUBLIC_KEY || (tag === PUBLIC_SUBKEY && last !== undefined)) {
      const fingerprint = fingerprintOf(body);
      if (fingerprint === undefined) return undefined;
      if (tag === PUBLIC_SUBKEY) last?.subkeys.push(fingerprint);
      else keys.push({ fingerprint, subkeys: [], start: at, end });
    } else if (last === undefined || !OF_A_KEY.has(tag)) return undefined;
    const current = keys.at(-1);
    if (current !== undefined) current.end = end;
    at = end;
  }
  return keys.map(({ start, end, ...key }) => {
    const packets = bytes.slice(start, end);
    const expiresAt = expiryOf(packets, key.fingerprint);
    return { ...key, packets, ...(expiresAt === undefined ? {} : { expiresAt }) };
  });
}

/** In armour of our own: nothing of a text that somebody gave stands in it but the key. */
export function armoured({ packets }: Pick<PublicKey, 'packets'>): string {
  const lines =
    Buffer.from(packets)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  const sum = Buffer.from(crc24(packets).toString(16).padStart(6, '0'), 'hex').toString('base64');
  return [BEGIN, '', ...lines, `=${sum}`, END, ''].join('\n');
}

/** Signatures, trust, user ids and attributes. A secret key is none of these. */
const OF_A_KEY: ReadonlySet<number> = new Set([2, 12, 13, 17, PUBLIC_SUBKEY]);

/** All blocks of a text, one behind the other. */
function dearmoured(text: string): Uint8Array | undefined {
  const blocks = [...text.matchAll(new RegExp(`${BEGIN}\\r?\\n([^]*?)${END}`, 'g'))].map(([, inside = '']) => {
    const lines = inside.split(/\r?\n/).map((line) => line.trim());
    const body = lines.slice(lines.indexOf('') + 1).filter((line) => line !== '' && !line.startsWith('='));
    return body.every((line) => /^[A-Za-z0-9+/]+=*$/.test(line)) ? Buffer.from(body.join(''), 'base64') : undefined;
  });
  return blocks.length === 0 || blocks.includes(undefined) ? undefined : Buffer.concat(blocks as Buffer[]);
}

/** RFC 9580, 5.5.4: of keys of version 4, and of 6. Older ones are too weak to be believed. */
function fingerprintOf(body: Uint8Array): string | undefined {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  const [algorithm, prefix] =
    body[0] === 4 ? ['sha1', [0x99, ...length.subarray(2)]] : body[0] === 6 ? ['sha256', [0x9b, ...length]] : [];
  if (algorithm === undefined || prefix === undefined || (body[0] === 4 && body.length > 0xffff)) return undefined;
  return createHash(algorithm).update(Buffer.from(prefix)).update(body).digest('hex').toUpperCase();
}

/** RFC 4880, 6.1. Some that read armour still want it. */
function crc24(bytes: Uint8Array): number {
  let sum = 0xb704ce;
  for (const byte of bytes) {
    sum ^= byte << 16;
    for (let bit = 0; bit < 8; bit++) {
      sum <<= 1;
      if ((sum & 0x1000000) !== 0) sum ^= 0x1864cfb;
    }
  }
  return sum & 0xffffff;
}
