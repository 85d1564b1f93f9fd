import { isAlias, isMap, isScalar, isSeq, type Document, type Scalar, type YAMLMap, type YAMLSeq } from 'yaml';
import type { Json } from './build-spec.ts';
import { SpanRecorder, type LocatedValue } from './located-value.ts';
import { quoted } from './printable-text.ts';
import type { ProblemList } from './problem-list.ts';
import type { SourceText, Span } from './source-text.ts';

/** How many values a document may stand for, each counted as often as an alias repeats it. */
const MOST_NODES = 250_000;

/** C0 controls but tab and line feed, delete, C1 controls, halves of a surrogate pair. */
const FORBIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ud800-\udfff]/u;

/** The tags of the core schema (YAML 1.2.2, chapter 10.3). The library has complained about all others. */
const CORE_TAGS = /^(?:!|tag:yaml\.org,2002:(?:map|seq|str|null|bool|int|float))$/;

/**
 * The plain value of a document, by our own walk rather than the library's.
 *
 * An alias becomes the very object that its anchor is, so that following it
 * costs nothing; each object's *expanded* size is counted, so that a bomb is
 * seen before anyone walks the graph as a tree. No key can reach a prototype:
 * `__proto__` is refused, whatever stands around it.
 */
export function valueOfDocument(
  document: Document.Parsed,
  source: SourceText,
  problems: ProblemList,
): LocatedValue | undefined {
  const reader = new ValueReader(source, problems);
  try {
    return reader.read(document);
  } catch (error) {
    if (!(error instanceof TooManyNodes)) throw error;
    problems.report({
      code: 'TOO_MANY_NODES',
      message: `the specification stands for more than ${MOST_NODES} values once its aliases are followed`,
      span: error.span,
    });
    return undefined;
  }
}

class TooManyNodes extends Error {
  readonly span: Span;

  constructor(span: Span) {
    super('too many nodes');
    this.span = span;
  }
}

/** A value and how many values it stands for. */
interface Sized {
  readonly value: Json;
  readonly size: number;
}

class ValueReader {
  readonly #source: SourceText;
  readonly #problems: ProblemList;
  readonly #spans = new SpanRecorder();
  readonly #anchors = new Map<string, Sized>();

  constructor(source: SourceText, problems: ProblemList) {
    this.#source = source;
    this.#problems = problems;
  }

  read(document: Document.Parsed): LocatedValue {
    const span = spanOf(document.contents, { start: 0, end: 0 });
    return this.#spans.locate(this.#value(document.contents, span).value, span);
  }

  #value(node: unknown, fallback: Span): Sized {
    const span = spanOf(node, fallback);
    if (isAlias(node)) return this.#anchored(node.source, span);
    const sized = this.#ownValue(node, span);
    if (sized.size > MOST_NODES) throw new TooManyNodes(span);
    if (isMap(node) || isSeq(node) || isScalar(node)) {
      if (node.tag !== undefined && !CORE_TAGS.test(node.tag)) this.#problems.silence(span);
      if (node.anchor !== undefined) this.#anchors.set(node.anchor, sized);
    }
    return sized;
  }

  #ownValue(node: unknown, span: Span): Sized {
    if (isMap(node)) return this.#mapping(node, span);
    if (isSeq(node)) return this.#list(node, span);
    return { value: isScalar(node) ? this.#scalar(node, span) : null, size: 1 };
  }

  #anchored(name: string, span: Span): Sized {
    const sized = this.#anchors.get(name);
    if (sized !== undefined) return sized;
    this.#problems.report({
      code: 'ALIAS_UNKNOWN',
      message: `no anchor ${quoted(`&${name}`)} ends before this alias`,
      span,
    });
    return { value: null, size: 1 };
  }

  #scalar(node: Scalar, span: Span): Json {
    const { value } = node;
    switch (typeof value) {
      case 'string':
        this.#refuseForbidden(value, span);
        return value;
      case 'number':
        if (Number.isFinite(value)) return value;
        this.#problems.report({ code: 'NOT_JSON', message: 'infinity and not-a-number are no values here', span });
        return null;
      case 'boolean':
        return value;
      default:
        return null;
    }
  }

  #refuseForbidden(text: string, span: Span): void {
    const found = FORBIDDEN.exec(text)?.[0];
    if (found === undefined) return;
    const code = (found.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    this.#problems.report({
      code: 'CHARACTER_FORBIDDEN',
      message: `the text contains the control character U+${code}`,
      span,
    });
  }

  #list(node: YAMLSeq, span: Span): Sized {
    const list: Json[] = [];
    this.#spans.recordContainer(list, span);
    let size = 1;
    for (const [index, item] of node.items.entries()) {
      const itemSpan = spanOf(item, emptySpanOf(item, span));
      const sized = this.#value(item, itemSpan);
      size += sized.size;
      list.push(sized.value);
      this.#spans.recordEntry(list, index, { value: itemSpan });
    }
    return { value: list, size };
  }

  #mapping(node: YAMLMap, span: Span): Sized {
    const mapping: Record<string, Json> = {};
    this.#spans.recordContainer(mapping, span);
    const merges: { source: Json; span: Span }[] = [];
    let size = 1;
    for (const pair of node.items) {
      const keySpan = spanOf(pair.key, span);
      const key = isScalar(pair.key) && typeof pair.key.value === 'string' ? pair.key.value : '';
      if (isScalar(pair.key) && pair.key.anchor !== undefined) {
        this.#anchors.set(pair.key.anchor, { value: key, size: 1 });
      }
      const valueSpan = spanOf(pair.value, keySpan);
      const sized = this.#value(pair.value, keySpan);
      size += sized.size;
      if (key === '<<' && isScalar(pair.key) && pair.key.type === 'PLAIN') {
        merges.push({ source: sized.value, span: valueSpan });
      } else if (this.#admitsKey(mapping, key, keySpan)) {
        mapping[key] = sized.value;
        this.#spans.recordEntry(mapping, key, { key: keySpan, value: valueSpan });
      }
    }
    for (const merge of merges) this.#merge(mapping, merge);
    return { value: mapping, size };
  }

  #admitsKey(mapping: Record<string, Json>, key: string, span: Span): boolean {
    this.#refuseForbidden(key, span);
    if (key === '__proto__') {
      this.#problems.report({ code: 'KEY_UNKNOWN', message: 'unknown key `__proto__`', span });
      return false;
    }
    if (!Object.hasOwn(mapping, key)) return true;
    const first = this.#spans.entriesOf(mapping).get(key)?.key ?? span;
    const { line } = this.#source.positionAt(first.start);
    this.#problems.report({
      code: 'KEY_TWICE',
      message: `the key ${quoted(key)} is already given in line ${line}`,
      span,
    });
    return false;
  }

  /** `<<: *base` and `<<: [*first, *second]`: keys of the mapping itself win, then those of earlier sources. */
  #merge(into: Record<string, Json>, { source, span }: { source: Json; span: Span }): void {
    const sources: readonly Json[] = isList(source) ? source : [source];
    for (const from of sources) {
      if (typeof from !== 'object' || from === null || isList(from)) {
        this.#problems.report({
          code: 'MERGE_OF_NO_MAPPING',
          message: '`<<` takes a mapping, or a list of mappings, to merge into this one',
          span,
        });
        continue;
      }
      for (const [key, spans] of this.#spans.entriesOf(from)) {
        if (Object.hasOwn(into, key)) continue;
        into[key] = from[key] ?? null;
        this.#spans.recordEntry(into, key, spans);
      }
    }
  }
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function spanOf(node: unknown, fallback: Span): Span {
  if (!(isMap(node) || isSeq(node) || isScalar(node) || isAlias(node)) || !node.range) return fallback;
  const [start, end] = node.range;
  // A missing value has no width; it is shown where its key is.
  return start === end ? fallback : { start, end };
}

/** Where an item without text would stand. */
function emptySpanOf(node: unknown, fallback: Span): Span {
  const start = isScalar(node) ? node.range?.[0] : undefined;
  return start === undefined ? fallback : { start, end: start + 1 };
}
