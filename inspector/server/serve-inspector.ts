import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ContractorError } from '../../errors.ts';
import { Relay } from '../wire/relay.ts';
import { acceptWebSocket } from '../wire/web-socket.ts';
import { pageFiles } from '../page-files.ts';
import type { PageFiles } from '../page-files.ts';
import { pathOf, refusal, refusalOfSender } from './access.ts';
import { runRoutes } from './run-routes.ts';
import { HEADERS } from './headers.ts';
import { logRoutes } from './log-routes.ts';
import { metricsRoute } from './metrics-route.ts';
import type { Route } from './route.ts';
import type { ShownRuns } from './shown-runs.ts';
import { newToken, tokenOfFile } from './token-file.ts';

export interface InspectorOptions {
  /** Default: one that is free. */
  readonly port?: number;
  /** The run that the page shows first; default: the newest. */
  readonly run?: string;
  /** The file that holds the token, made when it is not there. Default: a new token, which ends with the inspector. */
  readonly tokenFile?: string;
  /** How a person calls contractor on this store: `contractor`, or with `--store`. */
  readonly command: string;
}

/** A server of the inspector's page. */
export interface Inspector {
  /** The address of the page, with the token that lets one in. */
  readonly url: string;
  /** Where Prometheus scrapes, with the token as a bearer token. */
  readonly metricsUrl: string;
  /** Where programs with XState 5 send inspection messages. */
  readonly socketUrl: string;
  close(): Promise<void>;
}

/**
 * Serves the inspector's page, and what it shows, to browsers of this machine: on
 * a loopback address, to whoever has the token that is part of the page's address.
 *
 * @throws USAGE when the port is taken, or the token file cannot be used
 */
export async function serveInspector(
  shown: ShownRuns,
  { port = 0, run, tokenFile, command }: InspectorOptions,
): Promise<Inspector> {
  const token = tokenFile === undefined ? newToken() : tokenOfFile(tokenFile);
  const files = await pageFiles();
  const closing = new AbortController();
  const world = { shown, command, signal: closing.signal };
  const routes: Readonly<Record<string, Route>> = {
    ...staticRoutes(files),
    ...runRoutes(world),
    ...logRoutes(world),
    ...metricsRoute(world),
  };
  const server = createServer((request, response) => {
    answer(request, response, { token, routes }).catch((error: unknown) => failed(response, error));
  });
  const relay = new Relay();
  server.on('upgrade', (request, socket) => {
    const refused = refusalOfSender(request, { token });
    if (refused !== undefined || pathOf(request).rest !== 'inspect') {
      socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    relay.join((handlers) => acceptWebSocket(request, socket, handlers));
  });
  await listening(server, port);
  const { port: taken } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${taken}/${token}/${run === undefined ? '' : `#run=${run}`}`,
    metricsUrl: `http://127.0.0.1:${taken}/metrics`,
    socketUrl: `ws://127.0.0.1:${taken}/${token}/inspect`,
    close: async () => {
      closing.abort();
      relay.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { token, routes }: { readonly token: string; readonly routes: Readonly<Record<string, Route>> },
): Promise<void> {
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
  const refused = refusal(request, { token });
  if (refused !== undefined) {
    response.writeHead(403, { 'Content-Type': 'text/plain; charset=utf-8' }).end(`Refused: ${refused}.\n`);
    return;
  }
  const { rest, query } = pathOf(request);
  const method = request.method === 'HEAD' ? 'GET' : (request.method ?? '');
  const route = Object.hasOwn(routes, `${method} ${rest}`) ? routes[`${method} ${rest}`] : undefined;
  if (route === undefined) {
    response.writeHead(404, { 'Content-Type': 'text/plain; charset=utf-8' }).end('There is no such page.\n');
    return;
  }
  await route({ request, response, query });
}

function staticRoutes({ html, css, script }: PageFiles): Record<string, Route> {
  const file =
    (type: string, text: string): Route =>
    ({ response }) =>
      void response.writeHead(200, { 'Content-Type': `${type}; charset=utf-8` }).end(text);
  return {
    'GET ': file('text/html', html),
    'GET page.css': file('text/css', css),
    'GET page.js': file('text/javascript', script),
  };
}

/** A refusal is told as one; anything else is a bug, and told as such. */
function failed(response: ServerResponse, error: unknown): void {
  const isRefusal = error instanceof ContractorError;
  const { message, code, mend } = isRefusal
    ? error
    : { message: error instanceof Error ? error.message : String(error), code: 'BUG', mend: '' };
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response
    .writeHead(isRefusal ? 409 : 500, { 'Content-Type': 'application/json' })
    .end(JSON.stringify({ message, code, mend }));
}

async function listening(server: ReturnType<typeof createServer>, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        new ContractorError(
          'USAGE',
          `The inspector cannot listen on port ${port} of 127.0.0.1: ${cause.message}.`,
          'Leave `--port` out to have a free one taken.',
          { cause },
        ),
      ),
    );
    server.listen({ host: '127.0.0.1', port, exclusive: true }, resolve);
  });
}
