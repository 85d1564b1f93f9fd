import { unescape } from 'node:querystring';
import { ContractorError } from '../errors.ts';

/** A name and password that a mirror of the host's apt asks for. */
export interface MirrorLogin {
  readonly name: string;
  readonly password: string;
}

/**
 * An address as a host's sources of apt have it, apart: what may be shown and kept, and what stands before the host in
 * it. That never goes on in an address, as addresses end in logs, records and the sources of the tree that is made.
 */
export function splitLogin(address: string): { readonly url: string; readonly login?: MirrorLogin } {
  const [, scheme = '', words, rest = ''] = /^([a-z][a-z0-9+.-]*:\/\/)(?:([^/]*)@)?(.*)$/is.exec(address) ?? [];
  if (words === undefined) return { url: address };
  const colon = words.indexOf(':');
  const [name, password] = colon < 0 ? [words, ''] : [words.slice(0, colon), words.slice(colon + 1)];
  return { url: `${scheme}${rest}`, login: { name: unescape(name), password: unescape(password) } };
}

/** What HTTP sends of it. */
export function authorization({ name, password }: MirrorLogin): string {
  return `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;
}

/**
 * The line of a netrc(5) by which a tool has it. apt takes the scheme, port and path with the host, and the words as they
 * are; wget the host alone, and words in quotes.
 *
 * @throws HOST_UNSUITABLE when there is a word that the tool cannot be told
 */
export function loginLine(
  tool: 'mmdebstrap' | 'debootstrap',
  { url, login }: { readonly url: string; readonly login: MirrorLogin },
): string {
  const words = [login.name, login.password];
  const unsayable = tool === 'mmdebstrap' ? /[\s\p{Cc}]/u : /\p{Cc}/u;
  if (login.name === '' || words.some((word) => unsayable.test(word))) {
    throw new ContractorError(
      'HOST_UNSUITABLE',
      `The name or password that this host's apt has for the mirror \`${url}\` cannot be handed to ${tool}: it is empty, or has a blank or control character.`,
      'Name a `mirror` that asks for none, or have the mirror take another password.',
    );
  }
  const [name, password] = tool === 'mmdebstrap' ? words : words.map(inQuotes);
  const machine = tool === 'mmdebstrap' ? url.replace(/\/+$/, '') : new URL(url).hostname;
  return `machine ${machine} login ${name}${login.password === '' ? '' : ` password ${password}`}\n`;
}

function inQuotes(word: string): string {
  return `"${word.replaceAll(/[\\"]/g, String.raw`\$&`)}"`;
}
