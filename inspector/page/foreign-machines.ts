/** A machine of any program with XState 5, as inspection messages tell of it. */
export interface ForeignMachine {
  readonly session: string;
  name: string;
  definition: StateNode;
  /** `active`, `done`, `error`, `stopped`. */
  status: string;
  /** The value of its state: a name, or an object where states are nested. */
  value: unknown;
  context: unknown;
  readonly events: string[];
}

/** What is read of a machine's configuration. */
export interface StateNode {
  readonly id?: string;
  readonly type?: string;
  readonly initial?: string;
  readonly states?: Readonly<Record<string, StateNode>>;
  readonly on?: Readonly<Record<string, unknown>>;
  readonly always?: unknown;
  readonly onDone?: unknown;
  readonly after?: Readonly<Record<string, unknown>>;
  readonly invoke?: unknown;
}

const MOST_EVENTS = 50;

/** Brings `machines` up to date by one message; anything else is left alone. */
export function applyMessage(machines: Map<string, ForeignMachine>, text: string): void {
  const message = JSON.parse(text) as {
    readonly type: string;
    readonly sessionId: string;
    readonly name?: string;
    readonly definition?: string;
    readonly event?: { readonly type?: unknown };
    readonly snapshot?: { readonly status?: unknown; readonly value?: unknown; readonly context?: unknown };
  };
  const known = machines.get(message.sessionId);
  if (message.type === '@xstate.actor') {
    const definition = JSON.parse(message.definition ?? '{}') as StateNode;
    machines.set(message.sessionId, {
      session: message.sessionId,
      name: message.name ?? message.sessionId,
      definition,
      status: 'active',
      value: undefined,
      context: undefined,
      events: [],
    });
  } else if (known !== undefined && message.type === '@xstate.event') {
    known.events.unshift(typeof message.event?.type === 'string' ? message.event.type : '?');
    known.events.splice(MOST_EVENTS);
  } else if (known !== undefined && message.type === '@xstate.snapshot') {
    if (typeof message.snapshot?.status === 'string') known.status = message.snapshot.status;
    known.value = message.snapshot?.value;
    known.context = message.snapshot?.context;
  }
}

/** The paths of the states that are active: `a`, `a.b` of `{ a: 'b' }`. */
export function activePaths(value: unknown, above: string = ''): string[] {
  const path = (name: string): string => (above === '' ? name : `${above}.${name}`);
  if (typeof value === 'string') return [path(value)];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [path(name), ...activePaths(inner, path(name))]);
}

/** A way from one state to another, both by their paths. */
export interface ForeignWay {
  readonly from: string;
  readonly to: string;
  readonly label: string;
}

/** All transitions that have a target, of a node and what is in it. */
export function waysOf(node: StateNode, path: string = '', root: StateNode = node): ForeignWay[] {
  const parent = path.includes('.') ? path.slice(0, path.lastIndexOf('.')) : '';
  const one = (label: string, transitions: unknown): ForeignWay[] =>
    [transitions].flat().flatMap((each): ForeignWay[] => {
      const { target, guard } =
        typeof each === 'string' ? { target: each } : ((each ?? {}) as { target?: unknown; guard?: unknown });
      if (typeof target !== 'string') return [];
      const name = typeof guard === 'string' ? guard : (guard as { type?: unknown } | undefined)?.type;
      return [
        {
          from: path,
          to: resolved(target, { path, parent, root }),
          label: typeof name === 'string' ? `${label} [${name}]` : label,
        },
      ];
    });
  const own =
    path === ''
      ? []
      : [
          ...Object.entries(node.on ?? {}).flatMap(([event, transitions]) => one(event, transitions)),
          ...Object.entries(node.after ?? {}).flatMap(([delay, transitions]) => one(`after ${delay}`, transitions)),
          ...one('', node.always),
          ...one('done', node.onDone),
          ...[node.invoke].flat().flatMap((each) => {
            const { onDone, onError } = (each ?? {}) as { onDone?: unknown; onError?: unknown };
            return [...one('done', onDone), ...one('error', onError)];
          }),
        ];
  const inner = Object.entries(node.states ?? {}).flatMap(([name, state]) =>
    waysOf(state, path === '' ? name : `${path}.${name}`, root),
  );
  return [...own, ...inner];
}

/** `.child`, `sibling.child`, `#id.child`; ids that are given in the definition are those of whole machines here. */
function resolved(
  target: string,
  { path, parent, root }: { readonly path: string; readonly parent: string; readonly root: StateNode },
): string {
  const below = (above: string, rest: string): string => (above === '' ? rest : `${above}.${rest}`);
  if (target.startsWith('.')) return below(path, target.slice(1));
  if (!target.startsWith('#')) return below(parent, target);
  const [id = '', ...rest] = target.slice(1).split('.');
  return id === root.id ? rest.join('.') : [id, ...rest].join('.');
}
