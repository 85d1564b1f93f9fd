import type { JsonObject } from './build-spec.ts';

/**
 * What a specification needs to know of an action: its name, the keys a step may
 * give it, and which of those keys name an artifact or a container.
 *
 * The folder `actions/` declares; the parser checks. It knows no action by name.
 */
export interface ActionDeclaration {
  readonly name: string;
  /** One sentence, shown by an editor. */
  readonly description: string;
  /** JSON Schema (draft 2020-12) of each parameter, by its key in the YAML. Each has a `description`. */
  readonly parameters: Readonly<Record<string, JsonObject>>;
  /** The keys a step must give. */
  readonly required: readonly string[];
  /** The parameter whose value tells one step of this action from another in its title. */
  readonly titleParameter?: string;
  /** The parameter that names an artifact which the step makes. */
  readonly makesArtifact?: string;
  /** The parameter that names an artifact which the step needs, or has a list of such names. */
  readonly usesArtifact?: string;
  /** The parameter that names a container which the step makes known to the steps after it. */
  readonly makesContainer?: string;
  /** The parameter that names a container which an earlier step of the project must have made. */
  readonly usesContainer?: string;
}
