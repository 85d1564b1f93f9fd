import type { Problem, ProblemCode } from './problem.ts';
import type { SourceText, Span } from './source-text.ts';

/** How many problems are kept. A text of nothing but mistakes must not cost more than one with a few. */
const MOST_PROBLEMS = 1000;

interface Finding {
  readonly code: ProblemCode;
  readonly message: string;
  readonly span: Span;
  /** Asked only of the problems that are kept: guessing takes time. */
  readonly suggest?: (() => string | undefined) | undefined;
}

/**
 * Collects what is wrong, and keeps one mistake from being reported twice.
 *
 * The checks run in phases, each relying on what those before it have let
 * through. So a place that an earlier phase has complained about says nothing
 * new in a later one; and where an alias brings the same mistake to several
 * places, it is one mistake.
 */
export class ProblemList {
  readonly #source: SourceText;
  readonly #fileName: string;
  readonly #findings: Finding[] = [];
  readonly #seen = new Set<string>();
  readonly #phaseOfPlace = new Map<number, number>();
  #phase = 0;
  #dropped = 0;

  constructor(source: SourceText, fileName: string) {
    this.#source = source;
    this.#fileName = fileName;
  }

  get isEmpty(): boolean {
    return this.#findings.length === 0;
  }

  beginPhase(): void {
    this.#phase += 1;
  }

  report(finding: Finding): void {
    const place = finding.span.start;
    if ((this.#phaseOfPlace.get(place) ?? this.#phase) < this.#phase) return;
    const identity = `${place} ${finding.code} ${finding.message}`;
    if (this.#seen.has(identity)) return;
    if (this.#findings.length >= MOST_PROBLEMS) {
      this.#dropped += 1;
      return;
    }
    this.silence(finding.span);
    this.#seen.add(identity);
    this.#findings.push(finding);
  }

  /** Makes later phases say nothing about the value at `span`. */
  silence(span: Span): void {
    if (!this.#phaseOfPlace.has(span.start)) this.#phaseOfPlace.set(span.start, this.#phase);
  }

  /** All problems, in the order of the text. */
  sorted(): readonly Problem[] {
    const findings = this.#findings.toSorted((a, b) => a.span.start - b.span.start);
    const last = findings.at(-1);
    if (this.#dropped > 0 && last !== undefined) {
      const message = `and ${this.#dropped} more problems; only ${MOST_PROBLEMS} are shown`;
      findings.push({ code: 'TOO_MANY_PROBLEMS', message, span: last.span });
    }
    return findings.map(({ code, message, span, suggest }) => {
      const suggestion = suggest?.();
      return {
        code,
        message,
        fileName: this.#fileName,
        ...this.#source.positionAt(span.start),
        ...(suggestion === undefined ? {} : { suggestion }),
        frame: this.#source.frame(span),
      };
    });
  }
}
