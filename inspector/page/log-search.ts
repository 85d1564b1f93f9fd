import type { Place } from '../facts.ts';
import type { AttemptName, Source } from './source.ts';

/** Where a text is in a log, found bit by bit. */
export class LogSearch {
  readonly text: string;
  readonly lines: number[] = [];
  isDone = false;
  /** Which of the lines is looked at. */
  at = 0;
  #isStopped = false;

  constructor(text: string) {
    this.text = text;
  }

  /** Goes through the whole log; calls `changed` after each bit. */
  async run(
    source: Source,
    { run, name, changed }: { readonly run: string; readonly name: AttemptName; readonly changed: () => void },
  ): Promise<void> {
    let place: Place | undefined;
    do {
      const found = await source.find(run, name, this.text, place);
      if (this.#isStopped) return;
      this.lines.push(...found.lines);
      place = found.next;
      this.isDone = place === undefined;
      changed();
    } while (place !== undefined && this.lines.length < 100_000);
  }

  stop(): void {
    this.#isStopped = true;
  }

  get sayings(): string {
    if (this.lines.length === 0) return this.isDone ? 'nothing found' : 'looking …';
    return `${this.at + 1} of ${this.lines.length.toLocaleString('en')}${this.isDone ? '' : ' …'}`;
  }
}
