import type { Json } from './build-spec.ts';
import type { Span } from './source-text.ts';

/** Where an entry of a mapping or list is written. Items of a list have no key. */
interface EntrySpans {
  readonly key?: Span;
  readonly value: Span;
}

/** Where a mapping or list of the document, and each of its entries, is written. */
interface ContainerSpans {
  readonly span: Span;
  readonly entries: Map<string | number, EntrySpans>;
}

/** A mapping or a list, by identity: what an alias repeats is one object in several places, written in one. */
type Container = object;

/** What the document says, as plain JSON values, with the place of every part of it. */
export class LocatedValue {
  readonly root: Json;
  readonly #rootSpan: Span;
  readonly #spans: WeakMap<Container, ContainerSpans>;

  constructor(root: Json, rootSpan: Span, spans: WeakMap<Container, ContainerSpans>) {
    this.root = root;
    this.#rootSpan = rootSpan;
    this.#spans = spans;
  }

  /** Where the key of an entry is written; its value's place for an item of a list. */
  keySpan(container: Container, key: string | number): Span {
    const entry = this.#spans.get(container)?.entries.get(key);
    return entry?.key ?? entry?.value ?? this.spanOf(container);
  }

  /** Where the value of an entry is written; the container's place if it has no such entry. */
  valueSpan(container: Container, key: string | number): Span {
    return this.#spans.get(container)?.entries.get(key)?.value ?? this.spanOf(container);
  }

  spanOf(container: Container): Span {
    return this.#spans.get(container)?.span ?? this.#rootSpan;
  }

  /** Where the value at the end of `path`, a sequence of keys and indices from the top, is written. */
  spanAt(path: readonly (string | number)[]): Span | undefined {
    let value: unknown = this.root;
    let span: Span | undefined = this.#rootSpan;
    for (const key of path) {
      if (typeof value !== 'object' || value === null) return undefined;
      span = this.#spans.get(value)?.entries.get(key)?.value;
      value = (value as Record<string | number, unknown>)[key];
    }
    return span;
  }
}

/** Gathers the places of a {@link LocatedValue} while it is made. */
export class SpanRecorder {
  readonly #spans = new WeakMap<Container, ContainerSpans>();

  recordContainer(container: Container, span: Span): void {
    this.#spans.set(container, { span, entries: new Map() });
  }

  recordEntry(container: Container, key: string | number, spans: EntrySpans): void {
    this.#spans.get(container)?.entries.set(key, spans);
  }

  /** The places of the entries of a container that is already recorded. */
  entriesOf(container: Container): ReadonlyMap<string | number, EntrySpans> {
    return this.#spans.get(container)?.entries ?? new Map<string | number, EntrySpans>();
  }

  locate(root: Json, rootSpan: Span): LocatedValue {
    return new LocatedValue(root, rootSpan, this.#spans);
  }
}
