import { packetAt, PUBLIC_KEY, PUBLIC_SUBKEY, SIGNATURE } from './openpgp-packet.ts';

/** What a key says of itself in one signature. */
interface SelfSignature {
  readonly type: number;
  /** In seconds since 1970. */
  readonly madeAt: number;
  /** In seconds from when the key was made; 0 for ever. */
  readonly validFor: number;
}

/**
 * When a key expires, in milliseconds since 1970; undefined where it never does, or where its newest signatures on
 * itself do not agree that it does. RFC 9580, 5.2.3.13. No signature is verified here: this is for a word beforehand, and
 * what counts is what apt says.
 */
export function expiryOf(packets: Uint8Array, fingerprint: string): number | undefined {
  let madeAt: number | undefined;
  const signatures: SelfSignature[] = [];
  for (let at = 0; at < packets.length;) {
    const packet = packetAt(packets, at);
    if (packet === undefined || packet.tag === PUBLIC_SUBKEY) break;
    if (packet.tag === PUBLIC_KEY) madeAt = numberIn(packet.body.subarray(1, 5));
    if (packet.tag === SIGNATURE) signatures.push(...selfSignature(packet.body, fingerprint));
    at = packet.end;
  }
  const newest = [ON_A_NAME, ON_THE_KEY].flatMap((types) => {
    const ofType = signatures.filter(({ type }) => types.has(type)).toSorted((a, b) => b.madeAt - a.madeAt);
    return ofType.slice(0, 1);
  });
  if (madeAt === undefined || newest.length === 0 || newest.some(({ validFor }) => validFor === 0)) return undefined;
  return (madeAt + Math.max(...newest.map(({ validFor }) => validFor))) * 1000;
}

const ON_A_NAME: ReadonlySet<number> = new Set([0x10, 0x11, 0x12, 0x13]);
const ON_THE_KEY: ReadonlySet<number> = new Set([0x1f]);

const MADE_AT = 2;
const VALID_FOR = 9;
const ISSUER = 16;
const ISSUER_FINGERPRINT = 33;

/** RFC 9580, 5.2.3: of versions 4 and 6, one that the key of this fingerprint says it has made. */
function selfSignature(body: Uint8Array, fingerprint: string): SelfSignature[] {
  const [version, type = 0] = body;
  if (version !== 4 && version !== 6) return [];
  const width = version === 4 ? 2 : 4;
  const hashed = lengthened(body, 4, width);
  const other = lengthened(body, 4 + width + hashed.length, width);
  const signed = subpackets(hashed);
  const issuers = [...signed, ...subpackets(other)].flatMap(([kind, value]) =>
    kind === ISSUER_FINGERPRINT ? [hexOf(value.subarray(1))] : kind === ISSUER ? [hexOf(value)] : [],
  );
  if (!issuers.some((issuer) => issuer === fingerprint || (issuer.length === 16 && fingerprint.endsWith(issuer)))) {
    return [];
  }
  const value = (kind: number): number => numberIn(signed.find(([each]) => each === kind)?.[1] ?? new Uint8Array());
  return [{ type, madeAt: value(MADE_AT), validFor: value(VALID_FOR) }];
}

/** What follows a length of so many bytes. */
function lengthened(body: Uint8Array, at: number, width: number): Uint8Array {
  const from = at + width;
  return body.subarray(from, from + numberIn(body.subarray(at, from)));
}

/** RFC 9580, 5.2.3.7, each as its type and what it says. */
function subpackets(area: Uint8Array): [kind: number, value: Uint8Array][] {
  const found: [number, Uint8Array][] = [];
  for (let at = 0; at < area.length;) {
    const first = area[at] ?? 0;
    const [width, length] =
      first < 192
        ? [1, first]
        : first < 255
          ? [2, (first - 192) * 256 + (area[at + 1] ?? 0) + 192]
          : [5, numberIn(area.subarray(at + 1, at + 5))];
    const from = at + width;
    if (length > 0) found.push([(area[from] ?? 0) & 0x7f, area.subarray(from + 1, from + length)]);
    at = from + length;
  }
  return found;
}

function numberIn(bytes: Uint8Array): number {
  return bytes.reduce((sum, byte) => sum * 256 + byte, 0);
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex').toUpperCase();
}
