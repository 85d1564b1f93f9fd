import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { bytesOf, frameOf, OPCODE } from './frames.ts';

/** How much may wait for a client that does not read before it is let go. */
const MOST_WAITING_BYTES = 64 << 20;

/** The server's end of a WebSocket. */
export interface ServerSocket {
  send(text: string): void;
  close(): void;
}

/** What is done with each message, and once when the client has gone. */
export interface SocketHandlers {
  readonly onText: (text: string) => void;
  readonly onClose: () => void;
}

/** Answers a request to become a WebSocket. */
export function acceptWebSocket(
  request: IncomingMessage,
  socket: Duplex,
  { onText, onClose }: SocketHandlers,
): ServerSocket {
  // RFC 6455, section 4.2.2; the constant is the protocol's.
  const key = `${request.headers['sec-websocket-key'] ?? ''}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
  const accept = createHash('sha1').update(key).digest('base64');
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  let held = Buffer.alloc(0);
  let parts: Buffer[] = [];
  const send = (opcode: number, payload: Buffer): void => {
    if (!socket.writable) return;
    socket.write(bytesOf(opcode, payload));
    if (socket.writableLength > MOST_WAITING_BYTES) socket.destroy();
  };
  const close = (): void => {
    send(OPCODE.close, Buffer.from([0x03, 0xe8])); // 1000: all is well
    socket.end();
  };
  const take = ({ opcode, isLast, payload }: NonNullable<ReturnType<typeof frameOf>>['frame']): void => {
    if (opcode === OPCODE.ping) send(OPCODE.pong, payload);
    else if (opcode === OPCODE.close) close();
    else if (opcode === OPCODE.text || opcode === OPCODE.continuation) {
      parts.push(payload);
      if (!isLast) return;
      const text = Buffer.concat(parts).toString('utf8');
      parts = [];
      onText(text);
    }
  };
  socket.on('data', (bytes: Buffer) => {
    held = Buffer.concat([held, bytes]);
    try {
      for (let next = frameOf(held); next !== undefined; next = frameOf(held)) {
        held = held.subarray(next.length);
        take(next.frame);
      }
    } catch {
      socket.destroy(); // What does not keep to the protocol is not talked to.
    }
  });
  socket.on('error', () => socket.destroy());
  socket.on('close', onClose);
  return { send: (text) => send(OPCODE.text, Buffer.from(text)), close };
}
