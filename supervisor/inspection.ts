import type { InspectionEvent } from 'xstate';

/**
 * What the machines of a run do, in the format that inspectors of XState 5 read:
 * that of `@statelyai/inspect` 0.7, as a plain object for each WebSocket frame.
 */
export type InspectionMessage =
  | (Common & {
      readonly type: '@xstate.actor';
      readonly name: string;
      /** The machine's configuration as JSON text. */
      readonly definition: string;
      readonly parentId?: string;
      readonly snapshot: unknown;
    })
  | (Common & { readonly type: '@xstate.event'; readonly event: unknown; readonly sourceId?: string })
  | (Common & { readonly type: '@xstate.snapshot'; readonly event: unknown; readonly snapshot: unknown });

interface Common {
  readonly _version: string;
  /** Milliseconds since 1970, as text. */
  readonly createdAt: string;
  readonly id: null;
  /** Names an actor; `RUN:x:3`, as those of several builds may come to one inspector. */
  readonly sessionId: string;
  readonly rootId: string;
}

/** The version of the format, which readers look for in each message. */
const WIRE_VERSION = '0.7.2';

/** Turns what XState tells of the actors of `run` into messages. */
export function inspectionOf(
  run: string,
  { tell, now }: { readonly tell: (message: InspectionMessage) => void; readonly now: () => number },
): (event: InspectionEvent) => void {
  const idOf = (session: string): string => `${run}:${session}`;
  return (event) => {
    const { actorRef, rootId } = event;
    const common: Common = {
      _version: WIRE_VERSION,
      createdAt: String(now()),
      id: null,
      sessionId: idOf(actorRef.sessionId),
      rootId: idOf(rootId),
    };
    switch (event.type) {
      case '@xstate.actor': {
        // No types of XState's tell of these; `@statelyai/inspect` reads them too.
        const actor = actorRef as unknown as {
          readonly id: string;
          readonly logic?: { readonly config?: { readonly id?: string } };
          readonly _parent?: { readonly sessionId: string };
        };
        const { logic, _parent: parent } = actor;
        const config = logic?.config;
        const isUnnamed = actor.id === actorRef.sessionId;
        const name = isUnnamed && config?.id !== undefined ? config.id : actor.id;
        tell({
          ...common,
          type: '@xstate.actor',
          name,
          definition: jsonText(typeof config === 'object' ? config : { id: name }),
          ...(parent === undefined ? {} : { parentId: idOf(parent.sessionId) }),
          // It is just being made, and has none; its first is told next.
          snapshot: { status: 'active' },
        });
        return;
      }
      case '@xstate.event': {
        const source = event.sourceRef?.sessionId;
        tell({
          ...common,
          type: '@xstate.event',
          event: plain(event.event),
          ...(source === undefined ? {} : { sourceId: idOf(source) }),
        });
        return;
      }
      case '@xstate.snapshot':
        tell({ ...common, type: '@xstate.snapshot', event: plain(event.event), snapshot: plain(event.snapshot) });
        return;
      default: // Microsteps and actions: the format has none.
    }
  };
}

function plain(value: unknown): unknown {
  return value === undefined ? undefined : (JSON.parse(jsonText(value)) as unknown);
}

/** Functions by their names, errors by their messages. */
function jsonText(value: unknown): string {
  return (
    JSON.stringify(value, (_, each: unknown) => {
      if (typeof each === 'function') return { type: each.name };
      return each instanceof Error ? { name: each.name, message: each.message } : each;
    }) ?? 'null'
  );
}
