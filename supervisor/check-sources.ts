import type { ActionSet } from '../actions/action-set.ts';
import { existsSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve, sep } from 'node:path';
import { ContractorError } from '../errors.ts';
import type { Project } from '../spec-schema/build-spec.ts';

/** What a build may read of this host beside programs. */
export interface SourcePlace {
  /** What steps can do. */
  readonly actions: ActionSet;
  /** Where relative paths of the specification start. */
  readonly specDirectory: string;
  /** Directories that the user has named as readable too. */
  readonly allowed: readonly string[];
}

/**
 * Refuses a specification that would have files of this host copied from anywhere but its own directory, or the
 * repository that it lies in: it may have come from someone who must not choose among all that this user may read.
 * Links count for what they lead to.
 *
 * @throws SOURCE_OUTSIDE
 */
export function assertSourcesInside(
  projects: readonly Project[],
  { specDirectory, allowed, actions }: SourcePlace,
  home: string = homedir(),
): void {
  const own = realOf(specDirectory) ?? resolve(specDirectory);
  const roots = [repositoryAround(own, realOf(home) ?? home) ?? own, ...allowed.map((path) => realOf(path) ?? path)];
  const outside = projects.flatMap(({ name, steps }) =>
    steps.flatMap((step) =>
      (actions.named(step.action).hostSources?.(step) ?? []).flatMap((path) => {
        const real = realOf(resolve(specDirectory, path));
        return real === undefined || roots.some((root) => isBelow(real, root))
          ? []
          : [{ step: `${name}:${step.id}`, path, real }];
      }),
    ),
  );
  if (outside.length === 0) return;
  throw new ContractorError(
    'SOURCE_OUTSIDE',
    `The specification reads files from outside of ${roots[0]}: ${outside.map(({ step, path, real }) => `\`${step}\` reads \`${path}\`, which is ${real}`).join('; ')}.`,
    `If that is right, say so: \`--allow-source ${[...new Set(outside.map(({ real }) => real))].join(' --allow-source ')}\`.`,
  );
}

/** Refuses a specification with any step that reads files of this host, which is not the one that it was written on. @throws NOT_TO_BE_SENT */
export function assertNoSources(projects: readonly Project[], actions: ActionSet): void {
  const reading = projects.flatMap(({ name, steps }) =>
    steps.flatMap((step) =>
      (actions.named(step.action).hostSources?.(step) ?? []).map((path) => `\`${name}:${step.id}\` reads \`${path}\``),
    ),
  );
  if (reading.length === 0) return;
  throw new ContractorError(
    'NOT_TO_BE_SENT',
    `The specification comes from another host, and may read no files of this one: ${reading.join('; ')}.`,
    'Have the files in a repository that can be cloned from an address, or in an artifact.',
  );
}

/** The repository that `directory` lies in, if any: never the home of the user, nor what that lies in. */
function repositoryAround(directory: string, home: string): string | undefined {
  for (let at = directory; !isBelow(home, at); at = dirname(at)) {
    if (existsSync(join(at, '.git'))) return at;
  }
  return undefined;
}

function isBelow(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}

function realOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
