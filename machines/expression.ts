/**
 * What a function of a machine gives, as the text of an expression: the function
 * is called with objects that note which way through them was taken. So the text
 * is derived from what runs, and cannot say something else.
 *
 *     expressionOf(({ event }) => ({ outcome: event.output.outcome, type: 'failed' }))
 *     // ({ event }) => ({ outcome: event.output.outcome, type: "failed" })
 *
 * It is true of functions that only put together what they are given.
 */
export function functionText(fn: (scope: never) => unknown): string {
  const used = new Set<string>();
  const scope = new Proxy(
    {},
    {
      get: (_, name) => {
        used.add(String(name));
        return pathOf(String(name));
      },
    },
  );
  const body = valueText(fn(scope as never), (value) => paths.get(value as object));
  return `({ ${[...used].join(', ')} }) => ${body.startsWith('{') ? `(${body})` : body}`;
}

/** The text of a literal that gives `value`; of what `special` knows, that instead. */
export function valueText(value: unknown, special: (value: unknown) => string | undefined = () => undefined): string {
  const known = isObject(value) || typeof value === 'function' ? special(value) : undefined;
  if (known !== undefined) return known;
  if (Array.isArray(value)) return `[${value.map((each) => valueText(each, special)).join(', ')}]`;
  if (!isObject(value)) return JSON.stringify(value) ?? 'undefined';
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  if (entries.length === 0) return '{}';
  return `{ ${entries.map(([key, each]) => `${keyText(key)}: ${valueText(each, special)}`).join(', ')} }`;
}

/** A key as it is written in an object literal. */
export function keyText(key: string): string {
  return /^[A-Za-z_]\w*$/.test(key) && key !== '__proto__' ? key : JSON.stringify(key);
}

const paths = new WeakMap<object, string>();

function pathOf(path: string): object {
  const made: object = new Proxy({}, { get: (_, name) => pathOf(`${path}.${String(name)}`) });
  paths.set(made, path);
  return made;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
