/**
 * The lines that a keeper and its supervisor exchange: a verb, then ` key=value`
 * fields with percent-encoded values. A key that occurs again makes a list; on the line
 * its values stand behind one another, with a comma between.
 * `keeper.pl` has the list of verbs and keys.
 */
export interface KeeperMessage {
  readonly verb: string;
  readonly fields: readonly (readonly [key: string, value: string])[];
}

/** One that is sent to a keeper: a value may be bytes, which Perl gets as they are. */
export interface KeeperOrder {
  readonly verb: string;
  readonly fields: readonly (readonly [key: string, value: string | Uint8Array])[];
}

/** One line, with its newline. */
export function keeperLine({ verb, fields }: KeeperOrder): string {
  let line = verb;
  let last: string | undefined;
  for (const [key, value] of fields) {
    line += key === last ? `,${encoded(value)}` : ` ${key}=${encoded(value)}`;
    last = key;
  }
  return `${line}\n`;
}

/** The message of one line without its newline. */
export function parseKeeperLine(line: string): KeeperMessage {
  const [verb = '', ...words] = line.split(' ');
  return {
    verb,
    fields: words.flatMap((word) => {
      const at = word.indexOf('=');
      const key = word.slice(0, at);
      const values = word.slice(at + 1).split(',');
      return values.map((value): [string, string] => [key, decoded(value)]);
    }),
  };
}

/** The first value of a key. */
export function field(message: KeeperMessage, key: string): string | undefined {
  return message.fields.find(([each]) => each === key)?.[1];
}

/** Bytes that are told again and again: the filter of system calls, the gate. */
const encodedBytes = new WeakMap<Uint8Array, string>();

function encoded(value: string | Uint8Array): string {
  if (typeof value === 'string') return percentEncoded(ASCII.test(value) ? value : latin1(value));
  let text = encodedBytes.get(value);
  if (text === undefined) encodedBytes.set(value, (text = percentEncoded(latin1(value))));
  return text;
}

const ASCII = /^[\u0000-\u007f]*$/;

/** A character for each byte. */
function latin1(value: string | Uint8Array): string {
  return Buffer.from(value).toString('latin1');
}

function percentEncoded(bytes: string): string {
  return bytes.replaceAll(/[^A-Za-z0-9_./:-]/g, (byte) => CODES[byte.charCodeAt(0)] ?? '');
}

const CODES: readonly string[] = Array.from({ length: 256 }, (_, code) => `%${code.toString(16).padStart(2, '0')}`);

function decoded(value: string): string {
  const bytes = value.replaceAll(/%([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
