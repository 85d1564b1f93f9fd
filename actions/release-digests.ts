import { createHash } from 'node:crypto';
import { Agent as HttpAgent, get as httpGet } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, get as httpsGet } from 'node:https';
import { authorization } from './mirror-login.ts';
import type { MirrorLogin } from './mirror-login.ts';
import { reachablePorts } from './ports.ts';

/** One suite of one package archive. */
export interface ListSource {
  readonly url: string;
  readonly suite: string;
  readonly login?: MirrorLogin;
}

const LONGEST_MS = 20_000;
const MOST_REDIRECTIONS = 5;
/** Such a file has some hundred kilobytes. */
const MOST_BYTES = 32 * 1024 * 1024;

/**
 * What the archives say of their packages now, a line for each: the digest of the signed list of all their
 * lists (`InRelease`, else `Release`), and where that is. Undefined when one cannot be asked.
 *
 * `aptOptions` are lines of apt.conf(5): those that name proxies hold here too.
 */
export async function releaseDigests(
  sources: readonly ListSource[],
  { aptOptions, signal }: { readonly aptOptions: readonly string[]; readonly signal: AbortSignal },
): Promise<string | undefined> {
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(LONGEST_MS)]);
  const proxies = { ...process.env, ...aptProxies(aptOptions) };
  const lines = await Promise.all(
    sources.map(async ({ url, suite, login }) => {
      const place = `${url.replace(/\/$/, '')}/${suite.endsWith('/') ? suite : `dists/${suite}/`}`;
      for (const file of ['InRelease', 'Release']) {
        const ports = new Set(reachablePorts([url]));
        const digest = await digestOf(`${place}${file}`, {
          proxies,
          ports,
          signal: inTime,
          ...(login === undefined ? {} : { login: { ...login, origin: new URL(url).origin } }),
        });
        if (digest !== undefined) return `${digest} ${place}`;
      }
      return undefined;
    }),
  );
  return lines.includes(undefined) ? undefined : lines.join('\n');
}

/** What apt is told of proxies, by the names that other programs know. */
function aptProxies(options: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    options.flatMap((line) => {
      const [, scheme, proxy] = /^Acquire::(https?)::Proxy "([^"]+)"/i.exec(line) ?? [];
      return scheme === undefined || proxy === undefined || proxy === 'DIRECT'
        ? []
        : [[`${scheme.toLowerCase()}_proxy`, proxy]];
    }),
  );
}

interface Asking {
  readonly proxies: NodeJS.ProcessEnv;
  /** Those that the step itself can connect to: an archive sends nobody on to another service of this host. */
  readonly ports: ReadonlySet<number>;
  /** For nobody whom an archive sends on to, but itself. */
  readonly login?: MirrorLogin & { readonly origin: string };
  readonly signal: AbortSignal;
}

/** SHA-256 of what is at an address; undefined when nothing is, or it cannot be reached. */
async function digestOf(url: string, asking: Asking, redirections = 0): Promise<string | undefined> {
  try {
    const response = await responseOf(url, asking);
    const { statusCode = 0, headers } = response;
    if (statusCode >= 300 && statusCode < 400 && headers.location !== undefined) {
      response.resume();
      const next = new URL(headers.location, url);
      const isAllowed = next.port === '' || asking.ports.has(Number(next.port)); // Absent: that of http or https.
      const mayFollow = isAllowed && redirections < MOST_REDIRECTIONS;
      return mayFollow ? await digestOf(next.href, asking, redirections + 1) : undefined;
    }
    if (statusCode !== 200) {
      response.resume();
      return undefined;
    }
    const hash = createHash('sha256');
    let sizeBytes = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      sizeBytes += chunk.length;
      if (sizeBytes > MOST_BYTES) return undefined;
      hash.update(chunk);
    }
    return hash.digest('hex');
  } catch {
    return undefined; // Whatever is the matter, the step itself will say it.
  }
}

async function responseOf(url: string, { proxies, signal, login }: Asking): Promise<IncomingMessage> {
  return await new Promise((resolve, reject) => {
    const isFor = login !== undefined && new URL(url).origin === login.origin;
    const headers = { 'cache-control': 'max-age=0', ...(isFor ? { authorization: authorization(login) } : {}) };
    const options = { signal, headers };
    const request = url.startsWith('https:')
      ? httpsGet(url, { ...options, agent: new HttpsAgent({ proxyEnv: proxies }) }, resolve)
      : httpGet(url, { ...options, agent: new HttpAgent({ proxyEnv: proxies }) }, resolve);
    request.once('error', reject);
  });
}
