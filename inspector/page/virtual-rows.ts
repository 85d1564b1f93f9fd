import { el } from './dom.ts';

/**
 * Rows of one height of which only those in sight are in the document. `draw`
 * makes the row of an index; a row that is drawn with the same `key` is kept.
 */
export class VirtualRows {
  readonly root: HTMLElement;
  readonly #sizer: HTMLElement = el('div', { class: 'sizer', role: 'presentation' });
  readonly #height: number;
  readonly #rows = new Map<number, { readonly key: string; readonly element: HTMLElement }>();
  #draw: (index: number) => { readonly key: string; readonly make: () => HTMLElement } = () => ({
    key: '',
    make: () => el('div'),
  });
  #count = 0;

  constructor(root: HTMLElement, height: number) {
    this.root = root;
    this.#height = height;
    root.append(this.#sizer);
    root.addEventListener('scroll', () => this.#fill(), { passive: true });
  }

  show(count: number, draw: (index: number) => { readonly key: string; readonly make: () => HTMLElement }): void {
    this.#count = count;
    this.#draw = draw;
    this.#sizer.style.height = `${count * this.#height}px`;
    this.#fill();
  }

  /** Brings a row into sight. */
  reveal(index: number): void {
    const top = index * this.#height;
    const { scrollTop, clientHeight } = this.root;
    if (top < scrollTop) this.root.scrollTop = top;
    else if (top + this.#height > scrollTop + clientHeight) this.root.scrollTop = top + this.#height - clientHeight;
  }

  #fill(): void {
    const { scrollTop, clientHeight } = this.root;
    const first = Math.max(0, Math.floor(scrollTop / this.#height) - 4);
    const last = Math.min(this.#count, Math.ceil((scrollTop + clientHeight) / this.#height) + 4);
    for (const [index, { element }] of this.#rows) {
      if (index >= first && index < last) continue;
      element.remove();
      this.#rows.delete(index);
    }
    for (let index = first; index < last; index += 1) {
      const { key, make } = this.#draw(index);
      const known = this.#rows.get(index);
      if (known?.key === key) continue;
      const element = make();
      element.style.transform = `translateY(${index * this.#height}px)`;
      // In the order in which they are seen, for who has them read out.
      if (known === undefined) this.#sizer.insertBefore(element, this.#after(index));
      else known.element.replaceWith(element);
      this.#rows.set(index, { key, element });
    }
  }

  #after(index: number): HTMLElement | null {
    const next = [...this.#rows.keys()].filter((each) => each > index);
    return next.length === 0 ? null : (this.#rows.get(Math.min(...next))?.element ?? null);
  }
}
