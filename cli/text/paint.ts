import { styleText } from 'node:util';
import type { Output } from '../context.ts';

/** What a piece of text is, rather than how it looks. */
export type Tone = 'plain' | 'good' | 'bad' | 'busy' | 'warning' | 'faint' | 'strong';

/** Gives `text` the look of a tone; where colours are not wanted, none. */
export type Paint = (tone: Tone, text: string) => string;

/** The {@link Paint} for a stream: honours `--no-color`, NO_COLOR, FORCE_COLOR and TERM=dumb. */
export function paintFor(output: Output, env: Readonly<Record<string, string | undefined>>): Paint {
  return coloursWanted(output, env) ? paintColours : paintNothing;
}

export const paintNothing: Paint = (_tone, text) => text;

export const paintColours: Paint = (tone, text) => {
  const format = FORMATS[tone];
  return format === undefined || text === '' ? text : styleText(format, text, { validateStream: false });
};

const FORMATS: Readonly<Record<Tone, Parameters<typeof styleText>[0] | undefined>> = {
  plain: undefined,
  good: 'green',
  bad: 'red',
  busy: 'cyan',
  warning: 'yellow',
  faint: 'dim',
  strong: 'bold',
};

function coloursWanted(output: Output, env: Readonly<Record<string, string | undefined>>): boolean {
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return !['0', 'false'].includes(forced);
  if (env['NO_COLOR'] || env['TERM'] === 'dumb') return false;
  return output.isTTY === true;
}
