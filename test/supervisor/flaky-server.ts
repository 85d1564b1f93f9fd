import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** How a request fails. */
export type Flaw = 'refuses' | 'drops' | 'lacks';

export interface FlakyServer {
  readonly url: string;
  /** Has the next `count` requests fail. */
  fail(flaw: Flaw, count: number): void;
  /** When it was asked for something, each time, in milliseconds of a clock that is never set back. */
  readonly askedAt: readonly number[];
  close(): void;
}

/** Serves the files of a directory over HTTP, when it does not fail. */
export async function flakyServer(directory: string): Promise<FlakyServer> {
  let flaws: Flaw[] = [];
  const askedAt: number[] = [];
  const server = createServer((request, response) => {
    askedAt.push(performance.now());
    const flaw = flaws.shift();
    if (flaw === 'drops') request.socket.destroy();
    else if (flaw !== undefined) response.writeHead(flaw === 'refuses' ? 503 : 404).end();
    else {
      const { pathname } = new URL(request.url ?? '/', 'http://localhost');
      readFile(join(directory, pathname)).then(
        (content) => response.end(content),
        () => response.writeHead(404).end(),
      );
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fail: (flaw, count) => (flaws = Array.from({ length: count }, () => flaw)),
    askedAt,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
