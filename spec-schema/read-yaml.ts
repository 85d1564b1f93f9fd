import { Composer, Lexer, Parser, type CST, type Document } from 'yaml';
import type { LocatedValue } from './located-value.ts';
import type { ProblemList } from './problem-list.ts';
import type { SourceText, Span } from './source-text.ts';
import { valueOfDocument } from './value-of-document.ts';
import { yamlProblemMessage } from './yaml-problem-message.ts';

/** More than any specification needs; less than what costs a second to read. */
const MOST_BYTES = 1024 * 1024;
/** A document is a dozen levels deep; the YAML library recurses for each. */
const DEEPEST_NESTING = 64;
/** Each costs the YAML library some hundred bytes and a microsecond. */
const MOST_LEXEMES = 300_000;

/**
 * The value of a YAML text with the place of each of its parts; nothing when
 * the text is not one YAML 1.2 document of a bearable size.
 *
 * What can blow up is bounded before it is done: the bytes before lexing, the
 * lexemes and their nesting before composing, the aliases before they are
 * followed.
 */
export function readYaml(source: SourceText, problems: ProblemList): LocatedValue | undefined {
  const { text } = source;
  if (Buffer.byteLength(text) > MOST_BYTES) {
    problems.report({
      code: 'DOCUMENT_TOO_LARGE',
      message: `the specification is larger than ${MOST_BYTES / 1024} KiB`,
      span: { start: 0, end: 0 },
    });
    return undefined;
  }
  const tokens = parseTokens(source, problems);
  if (tokens === undefined) return undefined;
  const document = withoutStackTraces(() => compose(tokens, source, problems));
  return document === undefined ? undefined : valueOfDocument(document, source, problems);
}

/** The library makes an `Error` for each mistake. Without stacks, a text of half a million of them costs a quarter. */
function withoutStackTraces<Result>(work: () => Result): Result {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return work();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function parseTokens({ text }: SourceText, problems: ProblemList): CST.Token[] | undefined {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  let lexemes = 0;
  let offset = 0;
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) tokens.push(token);
    const tooDeep = parser.stack.length > 2 * DEEPEST_NESTING;
    if (tooDeep || ++lexemes > MOST_LEXEMES) {
      problems.report({
        ...(tooDeep ? tooDeeplyNested : { code: 'TOO_MANY_NODES', message: 'the specification has too many parts' }),
        span: { start: Math.min(offset, text.length - 1), end: offset },
      });
      return undefined;
    }
    // The lexer marks scalars and the document's start with control characters of its own, which are not in the text.
    if (!MARKS.has(lexeme)) offset += lexeme.length;
  }
  for (const token of parser.end()) tokens.push(token);
  return tokens;
}

/** Lexemes that stand for no text: document, flow error end, scalar. */
const MARKS: ReadonlySet<string> = new Set(['\x02', '\x18', '\x1f']);

const tooDeeplyNested = {
  code: 'NESTING_TOO_DEEP',
  message: `the specification is nested more than ${DEEPEST_NESTING} levels deep`,
} as const;

function compose(tokens: readonly CST.Token[], source: SourceText, problems: ProblemList): Document.Parsed | undefined {
  const { text } = source;
  const composer = new Composer({
    schema: 'core',
    resolveKnownTags: false,
    stringKeys: true,
    // Quadratic in the library; `valueOfDocument` does it.
    uniqueKeys: false,
    logLevel: 'silent',
  });
  let first: Document.Parsed | undefined;
  for (const document of composer.compose(tokens, true, text.length)) {
    if (first === undefined) {
      first = document;
      continue;
    }
    const start = document.range[0];
    problems.report({
      code: 'YAML_SYNTAX',
      message: 'a second document begins here; a specification is one document',
      span: { start, end: start + 3 },
    });
    break;
  }
  for (const error of [...(first?.errors ?? []), ...(first?.warnings ?? [])]) {
    const { code, message } = yamlProblemMessage(error, source.text);
    problems.report({ code, message, span: insideText(error.pos, text) });
  }
  // A tag that means nothing to us leaves a document that can be read on.
  return first !== undefined && first.errors.length === 0 ? first : undefined;
}

/** The end of the text is shown where its last character is, not on an empty line after it. */
function insideText([start, end]: readonly [number, number], text: string): Span {
  const last = text.trimEnd().length;
  return start > last ? { start: last, end: last + 1 } : { start, end: Math.max(end, start + 1) };
}
