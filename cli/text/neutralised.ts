/**
 * `text` with nothing left in it that could steer a terminal.
 *
 * What only colours or moves (CSI sequences, titles and links of OSC) is taken
 * out, as a person who reads a log wants the words. Whatever else is not plain
 * text stays visible: `␛` for a stray escape, `␀` and the like for controls,
 * `�` for C1 controls and for the marks that make text read in another order
 * than it is written. Nothing is hidden: a carriage return begins a new line
 * instead of writing over the old one.
 *
 * After it, only `\n` and `\t` are left of the control characters.
 */
export function neutralised(text: string): string {
  if (!SUSPECT.test(text)) return text;
  return text
    .replaceAll(/\r+\n?/g, '\n')
    .replaceAll(SEQUENCE, '')
    .replaceAll(STEERING, visibleSubstitute);
}

/** The same on one line, tabs and line ends as spaces: for names, titles and labels. */
export function neutralisedLine(text: string): string {
  return neutralised(text).replaceAll(/[\n\t\u2028\u2029]+/g, ' ');
}

/**
 * How much of `text`, a piece of a stream, must wait for the next piece: the
 * length of an escape sequence, or of `\r` `\n`, that it may have cut in two.
 */
export function unfinishedLength(text: string): number {
  return UNFINISHED.exec(text)?.[0].length ?? 0;
}

/** ECMA-48: CSI, parameters, intermediates, final; and OSC up to BEL or ST, on one line, of a bounded length. */
// oxlint-disable-next-line no-control-regex
const SEQUENCE = /\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x00-\x1f\x7f-\x9f]{0,4096}(?:\x07|\x1b\\)|\x1b[ -/]+[0-~]/g;

// oxlint-disable-next-line no-control-regex
const UNFINISHED = /(?:\x1b(?:\[[0-?]{0,64}[ -/]{0,8}|\][^\x00-\x1f\x7f-\x9f]{0,4096}\x1b?|[ -/]{0,8})?|\r+)$/;

/** C0 without tab and newline, DEL, C1; the marks, embeddings, overrides and isolates of direction. */
// oxlint-disable-next-line no-control-regex
const STEERING = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const SUSPECT = new RegExp(STEERING.source);

function visibleSubstitute(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? '␡' : '�';
}
