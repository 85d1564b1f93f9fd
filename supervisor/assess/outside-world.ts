import { availableParallelism } from 'node:os';
import type { Project, Step } from '../../spec-schema/build-spec.ts';
import { ContractorError } from '../../errors.ts';
import { withoutCredentials } from '../../actions/without-credentials.ts';
import { askTool } from './ask-tool.ts';
import type { AskPlace } from './ask-tool.ts';
import type { TrustedAnswer } from './assessment.ts';

/** What of the outside world the steps of a build read, each asked for once in the life of a build. */
export class OutsideWorld {
  readonly #place: AskPlace;
  readonly #specDirectory: string;
  readonly #offline: boolean;
  readonly #signal: AbortSignal;
  readonly #asked = new Map<string, Promise<string | undefined>>();
  readonly #answers = new Map<string, string | undefined>();
  readonly #trusted = new Map<string, TrustedAnswer>();
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(
    place: AskPlace,
    {
      specDirectory,
      offline = false,
      signal = new AbortController().signal,
    }: { readonly specDirectory: string; readonly offline?: boolean; readonly signal?: AbortSignal | undefined },
  ) {
    this.#place = place;
    this.#specDirectory = specDirectory;
    this.#offline = offline;
    this.#signal = signal;
  }

  /** Asks for all that these projects read, at once. @throws OUTSIDE_UNKNOWN offline, where nobody ever asked */
  async askAll(projects: readonly Project[]): Promise<void> {
    const steps = projects.flatMap((project) =>
      project.steps.filter(({ action }) => this.#place.actions.named(action).outside),
    );
    await Promise.all(steps.map((step) => this.ask(step)));
  }

  /** What a step reads there, as text that differs when that does; undefined when it reads nothing, or nobody can tell. */
  async ask(step: Step): Promise<string | undefined> {
    const question = this.#question(step);
    if (question === undefined) return undefined;
    const asked = this.#asked.get(question) ?? this.#firstAnswer(step, question);
    this.#asked.set(question, asked);
    return await asked;
  }

  /** Takes as the answer for a step what was asked for elsewhere. */
  know(step: Step, answer: string | undefined): void {
    const question = this.#question(step);
    if (question === undefined) return;
    this.#asked.set(question, Promise.resolve(answer));
    this.#answers.set(question, answer);
  }

  /** The same, whatever was said before; offline nobody can tell. */
  async askAgain(step: Step): Promise<string | undefined> {
    const outside = this.#place.actions.named(step.action).outside;
    const question = this.#question(step);
    if (outside === undefined || question === undefined) return undefined;
    const isRemote = outside.isRemote(step);
    if (isRemote && this.#offline) return undefined;
    const { store, now, hostNow } = this.#place;
    const answer = await this.#inTurn(async () => {
      const place = {
        specDirectory: this.#specDirectory,
        signal: this.#signal,
        now: hostNow(), // Times of files are compared with it.
        hashes: store,
        askTool: async (job: Parameters<typeof askTool>[0]) =>
          await askTool(job, { specDirectory: this.#specDirectory, signal: this.#signal, place: this.#place }),
      };
      return await outside.ask(step, place);
    });
    if (isRemote && answer !== undefined) store.putAnswer(question, { answer, askedAt: now() });
    return answer;
  }

  /** What was answered. */
  answer(step: Step): string | undefined {
    const question = this.#question(step);
    return question === undefined ? undefined : this.#answers.get(question);
  }

  /** When it was said last what a step reads on another host, where that could not be told this time. */
  lastKnownAt(step: Step): number | undefined {
    const question = this.#question(step);
    const isOpen = question !== undefined && this.#answers.get(question) === undefined;
    return isOpen ? this.#place.store.getAnswer(question)?.askedAt : undefined;
  }

  /** The answers that were not asked for, offline. */
  get trusted(): readonly TrustedAnswer[] {
    return [...this.#trusted.values()];
  }

  async #firstAnswer(step: Step, question: string): Promise<string | undefined> {
    const isTrusted = this.#offline && this.#place.actions.named(step.action).outside?.isRemote(step) === true;
    const answer = isTrusted ? this.#lastAnswer(question) : await this.askAgain(step);
    this.#answers.set(question, answer);
    return answer;
  }

  #lastAnswer(question: string): string {
    const known = this.#place.store.getAnswer(question);
    const shown = question.replaceAll(/\S+:\/\/\S+/g, withoutCredentials);
    if (known === undefined) {
      throw new ContractorError(
        'OUTSIDE_UNKNOWN',
        `Offline, nobody can say what is ${shown}: it was never asked for in this store.`,
        'Build once without `--offline`.',
      );
    }
    this.#trusted.set(question, { question: shown, ...known });
    return known.answer;
  }

  /** As many at once as there are processors: each may start a sandbox. */
  async #inTurn<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    while (this.#running >= availableParallelism()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#running += 1;
    try {
      return await ask();
    } finally {
      this.#running -= 1;
      this.#waiting.shift()?.();
    }
  }

  #question(step: Step): string | undefined {
    return this.#place.actions.named(step.action).outside?.question(step, { specDirectory: this.#specDirectory });
  }
}
