import type { Json, Step } from '../spec-schema/build-spec.ts';

// A step's parameters were checked against the action's schema. What is not of the
// kind asked for here is therefore a bug of ours, and said to be one.

/** A parameter that is there and is text. */
export function text(step: Step, key: string): string {
  return textOf(step.parameters[key], key);
}

/** A parameter that may be absent. */
export function optionalText(step: Step, key: string): string | undefined {
  const value = step.parameters[key];
  if (typeof value === 'number') return String(value);
  return value === undefined ? undefined : textOf(value, key);
}

/** A list of texts; empty when absent. */
export function texts(step: Step, key: string): readonly string[] {
  const value = step.parameters[key];
  return Array.isArray(value) ? value.map((each: Json) => textOf(each, key)) : [];
}

/** Whether it is there and true. */
export function flag(step: Step, key: string): boolean {
  return step.parameters[key] === true;
}

/** A map of texts; empty when absent. */
export function record(step: Step, key: string): Readonly<Record<string, string>> {
  const value = step.parameters[key] ?? {};
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, textOf(each as Json, key)]));
}

function textOf(value: Json | undefined, key: string): string {
  if (typeof value !== 'string') throw new TypeError(`parameter ${key} is not text`);
  return value;
}
