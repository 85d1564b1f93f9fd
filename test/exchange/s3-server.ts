import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { createRequire } from 'node:module';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import S3rver from '@20minutes/s3rver';

/** A server that speaks S3, and before it one that can be away, slow or broken. */
export interface S3Server {
  /** What the environment says of it: endpoint and credentials. */
  readonly env: Readonly<Record<string, string>>;
  /** What happens to each request, in turn; then they pass. Each: answered with this status, or cut off, or left without an answer. */
  readonly faults: (number | 'cut' | 'silence')[];
  /** Whether all connections are cut, until it is set back. */
  isAway: boolean;
  /** The requests since this was last emptied: `PUT /bucket/key`. */
  readonly asked: string[];
  close(): Promise<void>;
}

// For the tokens of its lists s3rver asks for DES, which OpenSSL 3 has no longer by itself; DES three times with one key is the same.
const crypto = createRequire(import.meta.url)('node:crypto') as Record<
  string,
  (algorithm: string, key: Buffer, iv: Buffer) => unknown
>;
for (const verb of ['createCipheriv', 'createDecipheriv'] as const) {
  const original = crypto[verb];
  if (original === undefined) continue;
  crypto[verb] = (algorithm: string, key: Buffer, iv: Buffer): unknown =>
    algorithm === 'des' ? original('des-ede3-cbc', Buffer.concat([key, key, key]), iv) : original(algorithm, key, iv);
}

/** s3rver knows these alone. */
const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'S3RVER', AWS_SECRET_ACCESS_KEY: 'S3RVER' };

export async function openS3Server(bucket: string): Promise<S3Server> {
  const directory = mkdtempSync(join(tmpdir(), 'contractor-s3-'));
  const behind = new S3rver({
    directory,
    address: '127.0.0.1',
    port: 0,
    silent: true,
    configureBuckets: [{ name: bucket, configs: [] }],
  });
  const { port } = await behind.run();
  const faults: S3Server['faults'] = [];
  const asked: string[] = [];
  const pass = (incoming: IncomingMessage, outgoing: ServerResponse, isCut: boolean): void => {
    const { method, url, headers } = incoming;
    const passed = request({ host: '127.0.0.1', port, method, path: url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      if (!isCut) answer.pipe(outgoing);
      else {
        answer.once('data', (piece: Buffer) => outgoing.write(piece.subarray(0, 1), () => outgoing.destroy()));
        answer.once('end', () => outgoing.destroy());
      }
    });
    passed.on('error', () => outgoing.destroy());
    incoming.pipe(passed);
  };
  const front = createServer((incoming, outgoing) => {
    asked.push(`${incoming.method} ${incoming.url}`);
    if (server.isAway) {
      incoming.destroy();
      return;
    }
    const fault = faults.shift();
    if (typeof fault === 'number') outgoing.writeHead(fault).end('<Error><Code>SlowDown</Code></Error>');
    else if (fault !== 'silence') pass(incoming, outgoing, fault === 'cut');
  });
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
  const server: S3Server = {
    env: { ...CREDENTIALS, AWS_ENDPOINT_URL: endpoint },
    faults,
    isAway: false,
    asked,
    close: async () => {
      await closed(front);
      await behind.close();
      rmSync(directory, { recursive: true });
    },
  };
  return server;
}

async function closed(server: Server): Promise<void> {
  const isClosed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await isClosed;
}
