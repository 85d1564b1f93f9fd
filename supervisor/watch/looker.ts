import { resolve } from 'node:path';
import type { BuildSpec, Project } from '../../spec-schema/build-spec.ts';
import { assessProjects } from '../assess/assess-projects.ts';
import { OutsideWorld } from '../assess/outside-world.ts';
import { refusesReuse } from '../assess/refuses-reuse.ts';
import type { BuildPlace } from '../begin-build.ts';
import { assertSourcesInside } from '../check-sources.ts';
import { recoverTrees } from '../recover-store.ts';
import { assertStepsPossible } from '../check-steps.ts';
import { chosenProjects, directoryOf, fileOf, parseSource, readSpecFile } from '../spec-source.ts';
import { specToBuild } from '../spec-to-build.ts';
import type { SpecSource } from '../spec-source.ts';
import type { WatchOptions } from '../supervisor.ts';
import { Answers } from './answers.ts';
import type { Asked } from './answers.ts';
import { artifactsOf, inputsOf, questionsOf, shownQuestion, specPlaces } from './asked-of-spec.ts';
import type { Question } from './asked-of-spec.ts';
import type { HostWatch, PlaceOfQuestion } from './host-watch.ts';
import type { Hints } from './hints.ts';
import { refusalOf } from './refusal-of.ts';
import type { Found, Refused } from './settled-look.ts';
import type { WatchEvent } from './watch.ts';

/** How it stands with the projects of a specification, and what a build of them needs to know. */
export interface LookedSpec extends Found, Pick<Asked, 'others'> {
  readonly spec: BuildSpec;
  readonly source: SpecSource;
  readonly world: OutsideWorld;
  readonly chosen: readonly Project[];
  /** Questions about what the kernel tells nothing of. */
  readonly limited: ReadonlySet<string>;
  /** The newest version of each artifact, by its digest. */
  readonly artifacts: ReadonlyMap<string, string>;
}

/** How often what the kernel tells nothing of is looked at. */
export const LIMITED_EVERY_MS = 5_000;

/**
 * Looks at a specification again and again: reads it, watches what it is made of, asks for what may have changed
 * since it was asked last, and compares with what was built.
 */
export class Looker {
  readonly #given: SpecSource;
  readonly #options: WatchOptions & { readonly pollMs: number };
  readonly #place: BuildPlace;
  readonly #watch: HostWatch;
  readonly #signal: AbortSignal;
  readonly #answers = new Answers();
  #isFirst = true;
  #limited: ReadonlySet<string> = new Set();
  /** What was told last of what is watched, so that it is not told again. */
  readonly #told = new Map<string, string>();

  constructor(
    given: SpecSource,
    options: WatchOptions & { readonly pollMs: number },
    { place, watch, signal }: { readonly place: BuildPlace; readonly watch: HostWatch; readonly signal: AbortSignal },
  ) {
    this.#given = given;
    this.#options = options;
    this.#place = place;
    this.#watch = watch;
    this.#signal = signal;
  }

  async look(hints: Hints): Promise<Refused | LookedSpec> {
    this.#answers.hint(hints);
    const { store, actions, now } = this.#place;
    const file = fileOf(this.#given);
    let source = this.#given;
    try {
      // Before it is read, so that no change after that is missed. As long as it cannot be read, what was watched stays so.
      if (this.#isFirst) await this.#watch.update(specPlaces(file));
      this.#isFirst = false;
      if (file !== null) source = { ...readSpecFile(file), ...(source.fileName === undefined ? {} : named(source)) };
      return await this.#lookAt(source);
    } catch (error) {
      const refusal = refusalOf(error, now());
      const readWith = { heldArtifacts: new Set(store.artifactNames()), actions };
      const checked = refusal.code === 'SPEC_INVALID' ? parseSource(source, readWith) : undefined;
      const problems = checked?.type === 'invalid' ? { problems: checked.problems } : {};
      return { type: 'refused', notices: [], refusal: { ...refusal, ...problems } };
    }
  }

  async #lookAt(source: SpecSource): Promise<LookedSpec> {
    const { projects: names, dependents = false, allowSources = [], offline = false } = this.#options;
    const { store, actions } = this.#place;
    const spec = await specToBuild(source, { store, actions, limits: this.#place.limits });
    const chosen = chosenProjects(spec, names, { dependents });
    const specDirectory = directoryOf(source);
    assertSourcesInside(chosen, { specDirectory, allowed: allowSources.map((path) => resolve(path)), actions });
    assertStepsPossible(chosen, { specDirectory, actions });
    await recoverTrees(store, this.#place.idMap, this.#place.sandbox);
    const questions = questionsOf(chosen, { specDirectory, actions });
    const places = [...specPlaces(fileOf(source)), ...[...questions.values()].flatMap((each) => each.places)];
    await this.#watch.update(places);
    const world = new OutsideWorld(this.#place, { specDirectory, offline, signal: this.#signal });
    const { others, ...asked } = await this.#answers.ask(world, { chosen, questions, silent: this.#limited });
    const artifacts = artifactsOf(chosen, { store, actions });
    const assessed = await assessProjects(chosen, {
      store,
      actions,
      sandbox: this.#place.sandbox,
      begunAt: Infinity,
      outside: world,
      refusesReuse: refusesReuse({}),
    });
    const states = new Map(assessed.map(({ reused: _, ...state }) => [state.project, state]));
    const limited = this.#watch.limited(places);
    this.#limited = new Set(limited.map(({ question }) => question));
    return {
      type: 'found',
      ...asked,
      projects: chosen.flatMap((project) => {
        const state = states.get(project.name);
        const inputs = inputsOf(project, { projects: chosen, artifacts, actions, world });
        return state === undefined ? [] : [{ state, needs: project.dependsOn, inputs }];
      }),
      notices: this.#notices({ source, chosen, questions, limited }),
      spec,
      source,
      world,
      chosen,
      limited: this.#limited,
      artifacts,
      others: offline ? 'not-asked' : others,
    };
  }

  /** What is to be told of what is watched, where that is another than before. */
  #notices({
    source,
    chosen,
    questions,
    limited,
  }: {
    readonly source: SpecSource;
    readonly chosen: readonly Project[];
    readonly questions: ReadonlyMap<string, Question>;
    readonly limited: readonly (PlaceOfQuestion & { readonly because: string })[];
  }): readonly WatchEvent[] {
    const { pollMs, offline = false } = this.#options;
    const at = this.#place.now();
    const file = fileOf(source);
    const all = [...questions.values()];
    const unanswered = offline ? [] : this.#answers.unanswered.map(shownQuestion);
    const places = all.flatMap(({ isRemote, places: [first] }) =>
      isRemote || first === undefined ? [] : [first.place],
    );
    const notices: WatchEvent[] = [
      {
        type: 'watching',
        at,
        ...(file === null ? {} : { file }),
        projects: chosen.map(({ name }) => name),
        paths: [...new Set(places.map(({ repository, directory }) => repository ?? directory))],
        asked: offline ? [] : all.flatMap((each) => (each.isRemote ? [shownQuestion(each.question)] : [])),
        pollMs,
      },
    ];
    const paths = [...new Set(limited.map(({ place }) => place.directory))];
    const because = limited[0]?.because ?? '';
    if (paths.length > 0 || this.#told.has('watch-limited')) {
      notices.push({ type: 'watch-limited', at, paths, because, everyMs: LIMITED_EVERY_MS });
    }
    if (unanswered.length > 0 || this.#told.has('asking-failed')) {
      notices.push({ type: 'asking-failed', at, asked: unanswered });
    }
    return notices.filter((notice) => {
      const words = JSON.stringify({ ...notice, at: 0 });
      const isNew = this.#told.get(notice.type) !== words;
      this.#told.set(notice.type, words);
      return isNew;
    });
  }
}

/** The names by which it was given. */
function named({ fileName, directory }: SpecSource): Pick<SpecSource, 'fileName' | 'directory'> {
  return { ...(fileName === undefined ? {} : { fileName }), ...(directory === undefined ? {} : { directory }) };
}
