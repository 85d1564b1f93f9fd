import { existsSync } from 'node:fs';
import type { Project } from '../../spec-schema/build-spec.ts';
import type { OutsideWorld } from '../assess/outside-world.ts';
import { shownQuestion } from './asked-of-spec.ts';
import type { Question } from './asked-of-spec.ts';
import type { Hints } from './hints.ts';
import type { Change } from './watch.ts';

/** What came of asking. */
export interface Asked {
  /** What is another than before, and no hint has told. */
  readonly changes: readonly Change[];
  /** Whether something of this host could not be told, as it changed just then. */
  readonly isUnsettled: boolean;
  /** Whether other hosts were asked, and all of them answered. */
  readonly others: 'not-asked' | 'answered' | 'failed';
}

/** What the outside world has answered last, so that it is asked again only where there is a reason to. */
export class Answers {
  #answers = new Map<string, string | undefined>();
  /** What was hinted at and is not yet asked. */
  #open: Pick<Hints, 'questions' | 'all'> = { questions: new Set(), all: 'none' };
  #unanswered = new Set<string>();

  /** What other hosts did not answer when they were asked last. */
  get unanswered(): readonly string[] {
    return [...this.#unanswered];
  }

  hint({ questions, all }: Hints): void {
    const open = this.#open;
    const strongest = [open.all, all].includes('everything') ? 'everything' : open.all === 'local' ? 'local' : all;
    this.#open = { questions: open.questions.union(questions), all: strongest };
  }

  /**
   * Asks what was hinted at or never asked, and gives `world` the other answers as they are known. Where other hosts do
   * not answer, what they said before holds. `silent` are questions whose hints tell nothing.
   */
  async ask(
    world: OutsideWorld,
    {
      chosen,
      questions,
      silent,
    }: {
      readonly chosen: readonly Project[];
      readonly questions: ReadonlyMap<string, Question>;
      readonly silent: ReadonlySet<string>;
    },
  ): Promise<Asked> {
    const before = this.#answers;
    const open = this.#open;
    const isOpen = ({ question, isRemote }: Question): boolean =>
      !before.has(question) ||
      open.questions.has(question) ||
      open.all === 'everything' ||
      (open.all === 'local' && !isRemote);
    const asked = new Set([...questions.values()].filter(isOpen));
    for (const each of questions.values()) if (!asked.has(each)) world.know(each.step, before.get(each.question));
    await world.askAll(chosen);
    this.#open = { questions: new Set(), all: 'none' };
    const unanswered = new Set([...this.#unanswered].filter((question) => questions.has(question)));
    const changes: Change[] = [];
    for (const each of asked) {
      const { question, step, isRemote } = each;
      const answer = world.answer(step);
      if (isRemote && answer === undefined) {
        unanswered.add(question);
        world.know(step, before.get(question));
        continue;
      }
      unanswered.delete(question);
      const isHinted = open.questions.has(question) && !silent.has(question);
      if (before.has(question) && before.get(question) !== answer && !isHinted) changes.push(changeOf(each));
    }
    this.#answers = new Map([...questions.values()].map(({ question, step }) => [question, world.answer(step)]));
    this.#unanswered = unanswered;
    const others = [...asked].some(({ isRemote }) => isRemote);
    return {
      changes,
      isUnsettled: [...asked].some((each) => !each.isRemote && world.answer(each.step) === undefined && isThere(each)),
      others: others ? (unanswered.size === 0 ? 'answered' : 'failed') : 'not-asked',
    };
  }
}

function changeOf({ question, isRemote, places: [first] }: Question): Change {
  if (isRemote || first === undefined) return { of: 'outside', name: shownQuestion(question) };
  return { of: first.of, name: first.place.repository ?? first.place.directory };
}

function isThere({ places }: Question): boolean {
  return places.some(({ place }) => existsSync(place.directory));
}
