import type { ActionDeclaration } from './action-declaration.ts';
import type { Json } from './build-spec.ts';
import type { ReadStep } from './check-structure.ts';

/**
 * The action's own parameters with its defaults filled in, in the order of the
 * declaration, so that the order in the text makes no difference.
 */
export function parametersOf({ mapping, declaration }: ReadStep): Record<string, Json> {
  const parameters: Record<string, Json> = {};
  for (const [key, schema] of Object.entries(declaration?.parameters ?? {})) {
    const value = Object.hasOwn(mapping, key) ? mapping[key] : schema['default'];
    // A copy: an alias makes one object of the text stand in several steps.
    if (value !== undefined) parameters[key] = structuredClone(value);
  }
  return parameters;
}

/** The name that a step gives to what it makes or uses, given or by default. */
export function parameterOf(
  { mapping, declaration }: ReadStep,
  role: keyof Pick<ActionDeclaration, 'makesArtifact' | 'usesArtifact' | 'makesContainer' | 'usesContainer'>,
): string | undefined {
  const key = declaration?.[role];
  if (declaration === undefined || key === undefined) return undefined;
  const value = Object.hasOwn(mapping, key) ? mapping[key] : declaration.parameters[key]?.['default'];
  return typeof value === 'string' ? value : undefined;
}
