import type { ActionSet } from '../actions/action-set.ts';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LOCKED_PACKAGES } from '../actions/package-lock.ts';
import type { BuildSpec } from '../spec-schema/build-spec.ts';
import type { Store } from '../store/open-store.ts';
import { artifactsOfProject } from './artifacts-of-project.ts';
import type { RunOptions } from './run-options.ts';
import { fileOf, specDigest } from './spec-source.ts';
import type { SpecSource } from './spec-source.ts';
import type { StepLimits } from './step-limits.ts';

/**
 * What this very program made of the same text when it was built last, so that it is not read again: of a large
 * specification that is most of the time of a build that has nothing to do.
 *
 * Undefined when the text is another, another program read it, a lock was laid over it, or it would not be valid any
 * more: an artifact that it takes is gone.
 */
export function knownSpec(
  source: SpecSource,
  {
    store,
    heldArtifacts,
    actions,
    program,
  }: {
    readonly store: Pick<Store, 'newestRunOf' | 'getRun'>;
    readonly heldArtifacts: ReadonlySet<string>;
    readonly actions: ActionSet;
    readonly program: string | undefined;
  },
): BuildSpec | undefined {
  const file = fileOf(source);
  if (program === undefined || file === null || !('text' in source)) return undefined;
  const newest = store.newestRunOf(file);
  if (newest === undefined || newest.specDigest !== specDigest(source.text)) return undefined;
  const run = store.getRun(newest.id);
  if ((run?.options as Partial<RunOptions> | undefined)?.readBy !== program) return undefined;
  const spec = run?.spec as BuildSpec;
  const made = new Set(spec.projects.flatMap((project) => artifactsOfProject(project, 'makesArtifact', actions)));
  const isValid = spec.projects.every(
    (project) =>
      artifactsOfProject(project, 'usesArtifact', actions).every((name) => made.has(name) || heldArtifacts.has(name)) &&
      project.steps.every(({ parameters }) => !(LOCKED_PACKAGES in parameters)),
  );
  return isValid ? spec : undefined;
}

/** Of the program that runs: what is loaded stays as it is. */
let own: { readonly digest: string | undefined } | undefined;

/** Who reads a specification: the program, and the actions and limits that it is read with. */
export function readerDigest(
  { declarations }: Pick<ActionSet, 'declarations'>,
  limits: StepLimits = {},
): string | undefined {
  own ??= { digest: programDigest() };
  const program = own.digest;
  if (program === undefined) return undefined;
  return createHash('sha256')
    .update(JSON.stringify([program, declarations, limits]))
    .digest('hex');
}

/** Of all the code beside this file, where it is the built package; of a checkout, whose files change one by one, there is none. */
export function programDigest(module: string = import.meta.url): string | undefined {
  if (!module.startsWith('file:') || !module.endsWith('.js')) return undefined;
  const directory = dirname(fileURLToPath(module));
  const hash = createHash('sha256');
  for (const name of readdirSync(directory).toSorted()) {
    if (name.endsWith('.js')) hash.update(`${name}\0`).update(readFileSync(join(directory, name)));
  }
  return hash.digest('hex');
}
