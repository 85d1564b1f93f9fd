import type { ActionSet } from '../../actions/action-set.ts';
import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { text } from '../../actions/parameters.ts';
import { withoutCredentials } from '../../actions/without-credentials.ts';
import type { Project, Step } from '../../spec-schema/build-spec.ts';
import type { Store } from '../../store/open-store.ts';
import type { OutsideWorld } from '../assess/outside-world.ts';
import { lockPath } from '../package-lock.ts';
import { usedArtifacts } from '../used-artifacts.ts';
import type { PlaceOfQuestion } from './host-watch.ts';

/** Something that steps ask of the world outside. */
export interface Question {
  readonly question: string;
  /** One of the steps that ask it. */
  readonly step: Step;
  readonly isRemote: boolean;
  readonly places: readonly PlaceOfQuestion[];
}

/** The question that stands for the specification itself. */
export const THE_SPECIFICATION = '';

/** Everything that projects ask, once each. */
export function questionsOf(
  projects: readonly Project[],
  { actions, ...place }: { readonly specDirectory: string; readonly actions: ActionSet },
): ReadonlyMap<string, Question> {
  return new Map(
    projects.flatMap(({ steps }) =>
      steps.flatMap((step): [string, Question][] => {
        const { outside } = actions.named(step.action);
        if (outside === undefined) return [];
        const question = outside.question(step, place);
        const places = (outside.places?.(step, place) ?? []).map((each): PlaceOfQuestion => ({
          question,
          place: each,
          of: each.repository === undefined ? 'file' : 'repository',
        }));
        return [[question, { question, step, isRemote: outside.isRemote(step), places }]];
      }),
    ),
  );
}

/** Where the file of a specification is, by its name and where that leads, and its lock. */
export function specPlaces(file: string | null): readonly PlaceOfQuestion[] {
  return file === null
    ? []
    : [...new Set([file, realOf(file), lockPath(file)])].map((path) => ({
        question: THE_SPECIFICATION,
        place: { directory: dirname(path), names: [basename(path)] },
        of: 'specification',
      }));
}

/** A question as a person may read it. */
export function shownQuestion(question: string): string {
  return question.replaceAll(/\S+:\/\/\S+/g, withoutCredentials).replaceAll('\n', ' ');
}

/** The newest versions of all artifacts that projects make or take, by their digests. */
export function artifactsOf(
  projects: readonly Project[],
  { store, actions }: { readonly store: Pick<Store, 'findArtifact'>; readonly actions: ActionSet },
): ReadonlyMap<string, string> {
  const names = projects.flatMap(({ steps }) =>
    steps.flatMap((step) => [...taken(step, actions), ...made(step, actions)]),
  );
  return new Map(names.toSorted().map((name) => [name, store.findArtifact(name)?.digest ?? '']));
}

/** What a project is made of, but for what these projects make for each other, as text that differs when that does. */
export function inputsOf(
  { steps, dependsOn }: Project,
  {
    projects,
    artifacts,
    actions,
    world,
  }: {
    readonly projects: readonly Project[];
    readonly artifacts: ReadonlyMap<string, string>;
    readonly actions: ActionSet;
    readonly world: Pick<OutsideWorld, 'answer'>;
  },
): string {
  const own = new Set(projects.flatMap((project) => project.steps.flatMap((step) => made(step, actions))));
  const parts = steps.map((step) => [
    step,
    world.answer(step) ?? null,
    ...taken(step, actions).flatMap((name) => (own.has(name) ? [] : [artifacts.get(name) ?? ''])),
  ]);
  return createHash('sha256')
    .update(JSON.stringify([parts, dependsOn]))
    .digest('hex');
}

function taken(step: Step, actions: ActionSet): readonly string[] {
  return usedArtifacts(step, actions.named(step.action).declaration);
}

function made(step: Step, actions: ActionSet): readonly string[] {
  const { makesArtifact } = actions.named(step.action).declaration;
  return makesArtifact === undefined ? [] : [text(step, makesArtifact)];
}

function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
