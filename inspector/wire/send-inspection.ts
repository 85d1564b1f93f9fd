import { ContractorError } from '../../errors.ts';
import type { InspectionMessage } from '../../index.ts';

const REACHED_WITHIN_MS = 5000;
const SENT_WITHIN_MS = 2000;

/** A connection to an inspector of XState machines. */
export interface InspectionSender {
  readonly send: (message: InspectionMessage) => void;
  /** Waits until all is sent, but not for ever. */
  close(): Promise<void>;
}

/**
 * Connects to the inspector that listens at `url`. When it goes away meanwhile,
 * that is told once, and the build is none the worse.
 *
 * @throws USAGE when there is none
 */
export async function sendInspection(url: string, onLost: () => void): Promise<InspectionSender> {
  const socket = openSocket(url);
  await reached(socket, url);
  let isLost = false;
  socket.addEventListener('close', () => {
    if (!isLost) onLost();
    isLost = true;
  });
  return {
    send: (message) => {
      if (!isLost) socket.send(JSON.stringify(message));
    },
    close: async () => {
      if (isLost) return;
      isLost = true;
      const closed = new Promise((resolve) => socket.addEventListener('close', resolve, { once: true }));
      socket.close();
      const late = AbortSignal.timeout(SENT_WITHIN_MS);
      await Promise.race([closed, new Promise((resolve) => late.addEventListener('abort', resolve, { once: true }))]);
    },
  };
}

function openSocket(url: string): WebSocket {
  try {
    return new WebSocket(url);
  } catch (cause) {
    throw new ContractorError(
      'USAGE',
      `\`${url}\` is not the address of an inspector.`,
      'Name a WebSocket, as in `--inspect ws://127.0.0.1:8080`.',
      { cause },
    );
  }
}

async function reached(socket: WebSocket, url: string): Promise<void> {
  const outcome = await new Promise<'open' | 'none'>((resolve) => {
    socket.addEventListener('open', () => resolve('open'), { once: true });
    socket.addEventListener('error', () => resolve('none'), { once: true });
    AbortSignal.timeout(REACHED_WITHIN_MS).addEventListener('abort', () => resolve('none'), { once: true });
  });
  if (outcome === 'open') return;
  socket.close();
  throw new ContractorError(
    'USAGE',
    `No inspector answers at \`${url}\`.`,
    'Start it first: `contractor inspect` prints the address of one.',
  );
}
