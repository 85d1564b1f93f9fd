/** A stretch of a line that looks the same. */
export interface Stretch {
  readonly text: string;
  /** Names of classes: `bold`, `fg-1`, `bg-4`; or nothing. */
  readonly classes: string;
}

interface Look {
  bold: boolean;
  faint: boolean;
  italic: boolean;
  underline: boolean;
  inverse: boolean;
  foreground: string;
  background: string;
}

const SEQUENCE =
  // CSI; OSC and the like up to their end; two-character escapes.
  /\u001b\[([0-?]*)[ -/]*([@-~])|\u001b[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\u001b[ -/]*[0-~]?/g;

/**
 * A line of a log as a terminal would colour it. Of the control sequences only
 * colours count; all others vanish, and other control characters show as
 * signs (`␈`). What a carriage return has overwritten is left out.
 */
export function stretchesOf(line: string): readonly Stretch[] {
  const shown = overwritten(line);
  const stretches: Stretch[] = [];
  let look = plain();
  let from = 0;
  const add = (text: string): void => {
    if (text !== '') stretches.push({ text: signs(text), classes: classesOf(look) });
  };
  for (const match of shown.matchAll(SEQUENCE)) {
    add(shown.slice(from, match.index));
    from = match.index + match[0].length;
    if (match[2] === 'm') look = changed(look, match[1] ?? '');
  }
  add(shown.slice(from));
  return stretches;
}

function plain(): Look {
  return { bold: false, faint: false, italic: false, underline: false, inverse: false, foreground: '', background: '' };
}

function overwritten(line: string): string {
  const whole = line.endsWith('\r') ? line.slice(0, -1) : line;
  return whole.includes('\r') ? (whole.split('\r').findLast((part) => part !== '') ?? '') : whole;
}

function signs(text: string): string {
  return text.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, (character) => {
    const code = character.charCodeAt(0);
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    return code === 0x7f ? '\u2421' : '\ufffd';
  });
}

function changed(before: Look, parameters: string): Look {
  const look = { ...before };
  const codes = parameters.split(/[;:]/).map(Number);
  for (let at = 0; at < codes.length; at += 1) {
    const code = codes[at] ?? 0;
    if (code === 0) Object.assign(look, plain());
    else if (code === 1) look.bold = true;
    else if (code === 2) look.faint = true;
    else if (code === 3) look.italic = true;
    else if (code === 4) look.underline = true;
    else if (code === 7) look.inverse = true;
    else if (code === 22) look.bold = look.faint = false;
    else if (code === 23) look.italic = false;
    else if (code === 24) look.underline = false;
    else if (code === 27) look.inverse = false;
    else if (code >= 30 && code <= 37) look.foreground = `${code - 30}`;
    else if (code >= 90 && code <= 97) look.foreground = `${code - 82}`;
    else if (code === 39) look.foreground = '';
    else if (code >= 40 && code <= 47) look.background = `${code - 40}`;
    else if (code >= 100 && code <= 107) look.background = `${code - 92}`;
    else if (code === 49) look.background = '';
    else if (code === 38 || code === 48) {
      const isIndexed = codes[at + 1] === 5;
      const colour = isIndexed ? nearestOf256(codes[at + 2] ?? 0) : nearestOf(codes.slice(at + 2, at + 5));
      if (code === 38) look.foreground = colour;
      else look.background = colour;
      at += isIndexed ? 2 : 4;
    }
  }
  return look;
}

function classesOf({ bold, faint, italic, underline, inverse, foreground, background }: Look): string {
  const [front, back] = inverse ? [background || 'back', foreground || 'front'] : [foreground, background];
  return [
    bold && 'bold',
    faint && 'faint',
    italic && 'italic',
    underline && 'underline',
    front !== '' && `fg-${front}`,
    back !== '' && `bg-${back}`,
  ]
    .filter(Boolean)
    .join(' ');
}

function nearestOf256(index: number): string {
  if (index < 16) return String(index);
  if (index >= 232) return index < 244 ? '8' : '7';
  const cube = index - 16;
  return nearestOf([Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6].map((level) => level * 51));
}

/** The page has sixteen colours, which can be read on light and on dark: a colour becomes the one of its kind. */
function nearestOf([red = 0, green = 0, blue = 0]: readonly number[]): string {
  const strong = Math.max(red, green, blue);
  if (strong < 48) return '0';
  const bit = (value: number): number => (value > strong * 0.6 ? 1 : 0);
  return String(bit(red) + 2 * bit(green) + 4 * bit(blue) + (strong > 210 ? 8 : 0));
}
