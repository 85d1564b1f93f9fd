import type { ProjectFacts } from '../facts.ts';
import type { App } from './app.ts';

/**
 * What is known of the project that is looked at, beside its events: asked for
 * when it is first looked at, and again when its machine has gone on.
 */
export class KnownFacts {
  readonly #app: App;
  #asked = '';
  #known: { readonly project: string; readonly run: string; readonly facts: ProjectFacts } | undefined;

  constructor(app: App) {
    this.#app = app;
  }

  of(project: string): ProjectFacts | undefined {
    const run = this.#app.facts?.summary.id;
    if (run === undefined) return undefined;
    const walks = this.#app.position === undefined ? (this.#app.model.byName.get(project)?.walks.length ?? 0) : -1;
    const key = JSON.stringify([run, project, walks, this.#app.model.result]);
    if (key !== this.#asked && (walks !== -1 || this.#known?.project !== project)) {
      this.#asked = key;
      this.#app.source.project(run, project).then(
        (facts) => {
          this.#known = { run, project, facts };
          this.#app.changed();
        },
        (error: unknown) => this.#app.tell(error),
      );
    }
    return this.#known?.project === project && this.#known.run === run ? this.#known.facts : undefined;
  }
}
