import type { InspectionMessage } from '../../index.ts';
import type { ServerSocket, SocketHandlers } from './web-socket.ts';

/** Of how many actors what is newest is kept. */
const MOST_ACTORS = 5000;
/** Of each actor, how many of its last messages, for whoever comes late. */
const MOST_MESSAGES = 50;

/** A message as it came, of any program with XState 5, and what of it the relay reads. */
type Message = Pick<InspectionMessage, 'type' | 'sessionId'>;

/**
 * Hands what programs tell of their machines to all who listen, and to who comes late: of each
 * actor its definition, and the last that was told of it.
 */
export class Relay {
  readonly #clients = new Set<ServerSocket>();
  readonly #actors = new Map<string, { definition: string | undefined; latest: string[] }>();

  /** Takes a new client, whom `connect` makes, and tells it what it has missed. */
  join(connect: (handlers: SocketHandlers) => ServerSocket): void {
    const client = connect({
      onText: (text) => this.#take(text, client),
      onClose: () => void this.#clients.delete(client),
    });
    for (const { definition, latest } of this.#actors.values()) {
      if (definition !== undefined) client.send(definition);
      for (const text of latest) client.send(text);
    }
    this.#clients.add(client);
  }

  close(): void {
    for (const client of this.#clients) client.close();
  }

  #take(text: string, from: ServerSocket): void {
    const message = messageOf(text);
    if (message === undefined) return;
    const { type, sessionId } = message;
    const known = this.#actors.get(sessionId) ?? { definition: undefined, latest: [] };
    this.#actors.delete(sessionId);
    this.#actors.set(sessionId, known);
    if (type === '@xstate.actor') {
      known.definition = text;
      known.latest = [];
    } else known.latest = [...known.latest.slice(1 - MOST_MESSAGES), text];
    for (const old of [...this.#actors.keys()].slice(0, Math.max(0, this.#actors.size - MOST_ACTORS)))
      this.#actors.delete(old);
    for (const client of this.#clients) if (client !== from) client.send(text);
  }
}

/** Anything else is nobody's business here. */
function messageOf(text: string): Message | undefined {
  try {
    const value = JSON.parse(text) as Partial<Message> | null;
    const isOne =
      typeof value?.type === 'string' && value.type.startsWith('@xstate.') && typeof value.sessionId === 'string';
    return isOne ? (value as Message) : undefined;
  } catch {
    return undefined;
  }
}
