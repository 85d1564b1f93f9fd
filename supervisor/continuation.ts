import { readFileSync } from 'node:fs';
import type { Project } from '../spec-schema/build-spec.ts';
import type { RunRecord } from '../store/records/runs.ts';
import type { BuildEvent } from './build-event.ts';
import { goneSteps } from './continue-runs.ts';
import type { RunWorld } from './run-world.ts';
import { specDigest } from './spec-source.ts';

/** What a person should know of where a run goes on. */
export function continuation(
  stored: RunRecord,
  {
    projects,
    resumed,
    world,
  }: { readonly projects: readonly Project[]; readonly resumed: boolean; readonly world: RunWorld },
): Pick<Extract<BuildEvent, { type: 'run-started' }>, 'continues' | 'specFile'> {
  const [from] = world.continues;
  if (!resumed)
    return from === undefined ? {} : { continues: { run: from, gone: goneSteps(world.store, { from, projects }) } };
  if (stored.source === null) return {};
  const text = textIfAny(stored.source);
  if (text === undefined) return { specFile: 'missing' };
  return specDigest(text) === stored.specDigest ? {} : { specFile: 'changed' };
}

function textIfAny(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
