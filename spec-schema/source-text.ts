import { cut, displayWidth, printable } from './printable-text.ts';

/** Where something is in a text: both counted from 1, columns in characters (code points), as an editor does. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A part of a text, in UTF-16 code units from its start; `end` is the first unit after it. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The most columns of a line that a code frame shows. */
const FRAME_WIDTH = 100;
const BYTE_ORDER_MARK = '\uFEFF';

/** A text that knows where its lines begin, and can show a part of itself. */
export class SourceText {
  readonly text: string;
  readonly #lineStarts: readonly number[];

  constructor(text: string) {
    this.text = text;
    const starts = [text.startsWith(BYTE_ORDER_MARK) ? 1 : 0];
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', end + 1)) starts.push(end + 1);
    this.#lineStarts = starts;
  }

  positionAt(offset: number): Position {
    const { index, start, content } = this.#lineAt(offset);
    const before = content.slice(0, Math.max(0, offset - start));
    return { line: index + 1, column: Array.from(before).length + 1 };
  }

  /**
   * The line that `span` begins on, with its number, and carets under the span:
   *
   *       4 |     sute: unstable
   *         |     ^^^^
   *
   * Control characters are shown as pictures, tabs as spaces up to the next
   * stop, and of a very long line only what is around the caret.
   */
  frame(span: Span): string {
    const { index, start, content } = this.#lineAt(span.start);
    const caret = Math.min(Math.max(0, span.start - start), content.length);
    const caretEnd = Math.min(Math.max(caret, span.end - start), content.length);

    // Twice the width in code units on each side holds the width in characters, and bounds the work on a huge line.
    const from = Math.max(0, caret - 2 * FRAME_WIDTH);
    let before = expandTabs(content.slice(from, caret), 0);
    let marked = expandTabs(content.slice(caret, Math.min(caretEnd, caret + 2 * FRAME_WIDTH)), displayWidth(before));
    let after = expandTabs(content.slice(caretEnd, caretEnd + 2 * FRAME_WIDTH), displayWidth(before + marked));

    const cutBefore = from > 0 || displayWidth(before) > FRAME_WIDTH / 2;
    if (cutBefore && displayWidth(before + marked + after) > FRAME_WIDTH) {
      before = `…${Array.from(before)
        .slice(-FRAME_WIDTH / 4)
        .join('')}`;
    }
    marked = cut(marked, FRAME_WIDTH - 20);
    after = cut(after, Math.max(1, FRAME_WIDTH - displayWidth(before + marked)));

    const number = String(index + 1);
    const line = `  ${number} | ${before}${marked}${after}`.trimEnd();
    const carets = '^'.repeat(Math.max(1, displayWidth(marked)));
    return `${line}\n  ${' '.repeat(number.length)} | ${' '.repeat(displayWidth(before))}${carets}`;
  }

  #lineAt(offset: number): { index: number; start: number; content: string } {
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    const start = this.#lineStarts[low] ?? 0;
    const next = this.#lineStarts[low + 1];
    const content = this.text.slice(start, next === undefined ? this.text.length : next - 1);
    return { index: low, start, content: content.endsWith('\r') ? content.slice(0, -1) : content };
  }
}

function expandTabs(text: string, startColumn: number): string {
  let expanded = '';
  for (const part of text.split(/(\t)/)) {
    if (part === '\t') expanded += ' '.repeat(8 - ((startColumn + displayWidth(expanded)) % 8));
    else expanded += printable(part);
  }
  return expanded;
}
