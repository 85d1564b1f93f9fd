/**
 * The lines that a keeper and its supervisor exchange: a verb, then ` key=value`
 * fields with percent-encoded values. A key that occurs again makes a list.
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
  return `${[verb, ...fields.map(([key, value]) => `${key}=${encoded(value)}`)].join(' ')}\n`;
}

/** The message of one line without its newline. */
export function parseKeeperLine(line: string): KeeperMessage {
  const [verb = '', ...words] = line.split(' ');
  return {
    verb,
    fields: words.map((word) => {
      const at = word.indexOf('=');
      return [word.slice(0, at), decoded(word.slice(at + 1))];
    }),
  };
}

/** The first value of a key. */
export function field(message: KeeperMessage, key: string): string | undefined {
  return message.fields.find(([each]) => each === key)?.[1];
}

/** Bytes that are told again and again: the filter of system calls. */
const encodedBytes = new WeakMap<Uint8Array, string>();

function encoded(value: string | Uint8Array): string {
  if (typeof value === 'string') return PLAIN.test(value) ? value : percentEncoded(value);
  let text = encodedBytes.get(value);
  if (text === undefined) encodedBytes.set(value, (text = percentEncoded(value)));
  return text;
}

const PLAIN = /^[A-Za-z0-9_./:-]*$/;

function percentEncoded(value: string | Uint8Array): string {
  return Buffer.from(value)
    .toString('latin1')
    .replaceAll(/[^A-Za-z0-9_./:-]+/g, (bytes) =>
      Buffer.from(bytes, 'latin1').toString('hex').replaceAll(/../g, '%$&'),
    );
}

function decoded(value: string): string {
  const bytes = value.replaceAll(/%([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
