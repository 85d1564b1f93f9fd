import { el } from './dom.ts';

export const LINE_HEIGHT = 19;

/** Browsers draw nothing that is taller than some ten million pixels. */
const TALLEST = 6_000_000;

/**
 * A window on any number of lines of one height. As long as the browser can make
 * something that tall, it scrolls by itself; above that the bar stands for the whole, and wheel and
 * keys go line by line.
 */
export class LogScroller {
  readonly root: HTMLElement;
  readonly #sizer: HTMLElement = el('div', { class: 'sizer' });
  readonly #lines: HTMLElement = el('div', { class: 'lines', role: 'presentation' });
  #count = 0;
  /** The line at the top, with a fraction. */
  #top = 0;
  readonly #changed: () => void;

  constructor(changed: () => void, properties: Readonly<Record<string, string>>) {
    this.#changed = changed;
    this.root = el('div', properties, this.#sizer, this.#lines);
    this.root.addEventListener('scroll', () => this.#onScroll(), { passive: true });
    this.root.addEventListener('wheel', (event) => this.#onWheel(event), { passive: false });
    this.root.addEventListener('keydown', (event) => this.#onKey(event));
  }

  get first(): number {
    return Math.floor(this.#top);
  }

  /** How many lines are in sight. */
  get inSight(): number {
    return Math.ceil(this.root.clientHeight / LINE_HEIGHT) + 1;
  }

  get isAtEnd(): boolean {
    return this.#top >= this.#most - 1.5;
  }

  setCount(count: number): void {
    if (count === this.#count) return;
    this.#count = count;
    this.#sizer.style.height = `${Math.min(TALLEST, count * LINE_HEIGHT)}px`;
  }

  /** Has `line` at the top, or as near as may be. */
  scrollTo(line: number): void {
    this.#top = Math.min(this.#most, Math.max(0, line));
    const { root } = this;
    const wanted = this.#isCapped
      ? (this.#top / Math.max(1, this.#most)) * (root.scrollHeight - root.clientHeight)
      : this.#top * LINE_HEIGHT;
    if (Math.abs(root.scrollTop - wanted) >= 1) root.scrollTop = wanted;
    this.#changed();
  }

  /** Draws the lines in sight. */
  draw(elements: readonly HTMLElement[]): void {
    this.#lines.replaceChildren(...elements);
    const shift = this.#isCapped ? 0 : (this.#top - Math.floor(this.#top)) * LINE_HEIGHT;
    this.#lines.style.transform = `translateY(${this.root.scrollTop - shift}px)`;
  }

  get #most(): number {
    return Math.max(0, this.#count - Math.max(1, Math.floor(this.root.clientHeight / LINE_HEIGHT)));
  }

  get #isCapped(): boolean {
    return this.#count * LINE_HEIGHT > TALLEST;
  }

  #onScroll(): void {
    const { scrollTop, scrollHeight, clientHeight } = this.root;
    if (!this.#isCapped) this.#top = scrollTop / LINE_HEIGHT;
    else {
      const height = scrollHeight - clientHeight;
      const shown = (this.#top / Math.max(1, this.#most)) * height;
      // Our own doing leaves it where the line is; the bar that is dragged does not.
      if (Math.abs(shown - scrollTop) > 1.5) this.#top = (scrollTop / Math.max(1, height)) * this.#most;
    }
    this.#changed();
  }

  #onWheel(event: WheelEvent): void {
    if (!this.#isCapped || event.deltaY === 0) return;
    event.preventDefault();
    this.scrollTo(this.#top + event.deltaY / LINE_HEIGHT);
  }

  #onKey(event: KeyboardEvent): void {
    const page = Math.max(1, this.inSight - 3);
    const by = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    this.scrollTo(Number.isFinite(by) ? Math.round(this.#top) + by : by < 0 ? 0 : this.#most);
  }
}
