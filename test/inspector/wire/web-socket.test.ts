import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bytesOf, frameOf } from '../../../inspector/wire/frames.ts';
import { acceptWebSocket } from '../../../inspector/wire/web-socket.ts';

let server: Server;
let url: string;
beforeEach(async () => {
  server = createServer();
  server.on('upgrade', (request, socket) => {
    const client = acceptWebSocket(request, socket, { onText: (text) => client.send(text), onClose: () => undefined });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

test('messages of every size go both ways whole', async () => {
  const socket = new WebSocket(url);
  await once(socket, 'open');
  for (const size of [0, 1, 125, 126, 65_535, 65_536, 3_000_000]) {
    const text = 'é'.repeat(size);
    socket.send(text);
    const [event] = (await once(socket, 'message')) as [{ readonly data: unknown }];
    expect(event.data === text).toBe(true);
  }
  socket.close();
  const [{ code }] = (await once(socket, 'close')) as [{ readonly code: number }];
  expect(code).toBe(1000);
});

test('a frame that is cut anywhere waits for the rest', () => {
  const whole = masked(bytesOf(1, Buffer.from('hello')));
  for (let cut = 0; cut < whole.length; cut += 1) expect(frameOf(whole.subarray(0, cut))).toBeUndefined();
  expect(frameOf(whole)?.frame.payload.toString()).toBe('hello');
});

test('what does not keep to the protocol is hung up on', async () => {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write(
    'GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x\r\n\r\n',
  );
  await once(socket, 'data');
  socket.write(bytesOf(1, Buffer.from('not masked')));
  await once(socket, 'close');
  expect(socket.destroyed).toBe(true);
});

/** A server's frame as a client would send it, with a mask of zeros. */
function masked(frame: Buffer): Buffer {
  const head = Buffer.from(frame.subarray(0, 2));
  head[1] = (head[1] ?? 0) | 0x80;
  return Buffer.concat([head, Buffer.alloc(4), frame.subarray(2)]);
}
