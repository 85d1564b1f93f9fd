import { hash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Names under which a browser reaches a loopback address. Any port: it may come through a tunnel. */
const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

/**
 * Why a request is not answered, or nothing where it may be.
 *
 * The token says that it comes from who was given the address. The name in `Host`
 * says that no page of another site has pointed its own name at this machine (DNS
 * rebinding); `Origin` and `Sec-Fetch-Site`, that no page of another site asks, not
 * even blindly. What changes something, and a WebSocket, has to say where it comes from.
 */
export function refusal(
  request: Pick<IncomingMessage, 'headers' | 'method' | 'url'>,
  { token }: { readonly token: string },
): string | undefined {
  const { host = '', origin, 'sec-fetch-site': site } = request.headers;
  if (!LOOPBACK.has(host.replace(/:\d+$/, ''))) return 'the host name is not one of this machine';
  if (origin !== undefined && origin !== `http://${host}`) return 'the request comes from a page of another site';
  if (site !== undefined && site !== 'same-origin' && site !== 'none')
    return 'the request comes from a page of another site';
  if (request.method !== 'GET' && request.method !== 'HEAD' && origin === undefined)
    return 'the request does not say which page it comes from';
  return isSame(pathOf(request).token, token) ? undefined : 'the address lacks the right token';
}

/**
 * The same for a WebSocket that inspection messages come by. Programs say no origin; a page
 * of a program on this machine may send too, as it was given the token.
 */
export function refusalOfSender(request: IncomingMessage, { token }: { readonly token: string }): string | undefined {
  const { origin } = request.headers;
  if (origin !== undefined && !(URL.canParse(origin) && LOOPBACK.has(new URL(origin).hostname)))
    return 'the request comes from a page of another site';
  const { origin: _, 'sec-fetch-site': __, ...headers } = request.headers;
  return refusal({ method: 'GET', url: request.url ?? '/', headers }, { token });
}

/**
 * The parts of a request's path: `/TOKEN/rest?query`. For `/metrics` alone the token comes as a bearer token, as
 * who scrapes keeps secrets out of addresses; no page of another site can send that header unasked.
 */
export function pathOf({ url = '/', headers }: Pick<IncomingMessage, 'headers' | 'url'>): {
  token: string;
  rest: string;
  query: URLSearchParams;
} {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  if (pathname === '/metrics') {
    const token = /^Bearer (\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? '';
    return { token, rest: 'metrics', query: searchParams };
  }
  const [, token = '', ...rest] = pathname.split('/');
  return { token, rest: rest.join('/'), query: searchParams };
}

/** In a time that does not tell where they differ. */
function isSame(a: string, b: string): boolean {
  return timingSafeEqual(hash('sha256', a, 'buffer'), hash('sha256', b, 'buffer'));
}
