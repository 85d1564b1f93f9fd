import type { Project, Step } from '../../spec-schema/build-spec.ts';
import { actionNamed } from '../spec-source.ts';

/** What of the outside world the steps of a build read, each asked for once in the life of a build. */
export class OutsideWorld {
  readonly #specDirectory: string;
  readonly #asked = new Map<string, Promise<string | undefined>>();
  readonly #answers = new Map<string, string | undefined>();

  constructor({ specDirectory }: { readonly specDirectory: string }) {
    this.#specDirectory = specDirectory;
  }

  /** Asks for all that these projects read, at once. */
  async askAll(projects: readonly Project[]): Promise<void> {
    const steps = projects.flatMap((project) => project.steps);
    await Promise.all(steps.map((step) => this.ask(step)));
  }

  /** What a step reads there, as text that differs when that does; undefined when it reads nothing, or nobody can tell. */
  async ask(step: Step): Promise<string | undefined> {
    const question = this.#question(step);
    if (question === undefined) return undefined;
    const asked = this.#asked.get(question) ?? this.askAgain(step);
    this.#asked.set(question, asked);
    const answer = await asked;
    this.#answers.set(question, answer);
    return answer;
  }

  /** The same, whatever was said before. */
  async askAgain(step: Step): Promise<string | undefined> {
    return await actionNamed(step.action).outside?.ask(step, { specDirectory: this.#specDirectory });
  }

  /** What was answered. */
  answer(step: Step): string | undefined {
    const question = this.#question(step);
    return question === undefined ? undefined : this.#answers.get(question);
  }

  #question(step: Step): string | undefined {
    return actionNamed(step.action).outside?.question(step, { specDirectory: this.#specDirectory });
  }
}
