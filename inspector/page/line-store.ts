import type { LogLine } from '../facts.ts';
import type { AttemptName, Source } from './source.ts';

const LINES_A_PIECE = 250;
const MOST_PIECES = 60;

/**
 * The lines of one log as far as somebody has looked at them: asked for in
 * pieces, and forgotten when they have long been out of sight. So a log may be
 * larger than memory.
 */
export class LineStore {
  readonly #source: Source;
  readonly #run: string;
  readonly name: AttemptName;
  readonly #changed: () => void;
  readonly #pieces = new Map<number, readonly LogLine[]>();
  readonly #asked = new Set<number>();
  #isClosed = false;
  total = 0;
  sizeBytes = 0;
  /** Until the first answer nobody knows how long the log is. */
  isKnown = false;
  failure = '';

  constructor(
    source: Source,
    { run, name, changed }: { readonly run: string; readonly name: AttemptName; readonly changed: () => void },
  ) {
    this.#source = source;
    this.#run = run;
    this.name = name;
    this.#changed = changed;
  }

  /** The line of that number, counted from 0; undefined while it is being asked for. */
  line(number: number): LogLine | undefined {
    const piece = Math.floor(number / LINES_A_PIECE);
    const lines = this.#pieces.get(piece);
    if (lines === undefined || lines.length <= number - piece * LINES_A_PIECE) this.#ask(piece);
    if (lines !== undefined) {
      this.#pieces.delete(piece);
      this.#pieces.set(piece, lines);
    }
    return lines?.[number - piece * LINES_A_PIECE];
  }

  /** Looks whether the log has grown: asks for its end again. */
  refresh(): void {
    this.#ask(Math.max(0, Math.floor((this.total - 1) / LINES_A_PIECE)));
  }

  close(): void {
    this.#isClosed = true;
  }

  #ask(piece: number): void {
    if (this.#asked.has(piece) || this.#isClosed) return;
    this.#asked.add(piece);
    const from = piece * LINES_A_PIECE;
    this.#source.log(this.#run, this.name, { from, count: LINES_A_PIECE }).then(
      ({ total, sizeBytes, lines }) => {
        this.#asked.delete(piece);
        if (this.#isClosed) return;
        const isSame = this.isKnown && total === this.total && sizeBytes === this.sizeBytes && this.#pieces.has(piece);
        Object.assign(this, { total, sizeBytes, isKnown: true, failure: '' });
        this.#pieces.set(piece, lines);
        for (const old of [...this.#pieces.keys()].slice(0, -MOST_PIECES)) this.#pieces.delete(old);
        if (!isSame) this.#changed();
      },
      (error: unknown) => {
        this.#asked.delete(piece);
        this.failure = error instanceof Error ? error.message : String(error);
        if (!this.#isClosed) this.#changed();
      },
    );
  }
}
