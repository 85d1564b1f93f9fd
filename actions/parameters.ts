import type { JsonObject, Step } from '../spec-schema/build-spec.ts';

// A step's parameters were checked against the action's schema, so these only tell the type checker.

export function text(step: Step, key: string): string {
  return String(step.parameters[key]);
}

export function optionalText(step: Step, key: string): string | undefined {
  const value = step.parameters[key];
  return value === undefined ? undefined : String(value);
}

export function texts(step: Step, key: string): readonly string[] {
  const value = step.parameters[key];
  return Array.isArray(value) ? value.map(String) : [];
}

export function flag(step: Step, key: string): boolean {
  return step.parameters[key] === true;
}

export function record(step: Step, key: string): Readonly<Record<string, string>> {
  const value = (step.parameters[key] ?? {}) as JsonObject;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, String(each)]));
}
