import type { Versions } from '../../index.ts';
import type { Context } from '../context.ts';
import { neutralisedLine } from '../text/neutralised.ts';
import { paintFor, type Tone } from '../text/paint.ts';
import { sizeText } from '../text/size-text.ts';
import { patchOf } from './patch-text.ts';

/** Prints how a file differs: byte for byte into a pipe or file, harmless and in colour on a terminal. */
export function printPatch(versions: Versions, { stdout, stderr, env }: Context): void {
  const paint = paintFor(stdout, env);
  const path = neutralisedLine(versions.path);
  const patch = patchOf(versions);
  if (patch.type === 'binary') {
    const sizes = [versions.before, versions.after].map((version) => sizeText(version?.look.sizeBytes ?? 0));
    stdout.write(`Binary file ${path} differs: ${sizes.join(', then ')}.\n`);
  } else if (patch.type === 'equal') {
    stdout.write(`The contents of ${path} are the same.\n`);
  } else if (patch.type === 'text' && !stdout.isTTY) {
    stdout.write(Buffer.from(patch.text, 'latin1'));
  } else if (patch.type === 'text') {
    for (const line of Buffer.from(patch.text, 'latin1').toString().replace(/\n$/, '').split('\n')) {
      stdout.write(`${paint(toneOf(line), harmless(line))}\n`);
    }
  }
  if (versions.before?.isCut || versions.after?.isCut) {
    stderr.write('contractor: only the beginning of the file was compared; `--all` compares all of it.\n');
  }
}

/** Tabs stay: they are what the line holds, and a terminal can show them. */
function harmless(line: string): string {
  return line.split('\t').map(neutralisedLine).join('\t');
}

function toneOf(line: string): Tone {
  if (line.startsWith('---') || line.startsWith('+++')) return 'strong';
  if (line.startsWith('@@')) return 'busy';
  if (line.startsWith('+')) return 'good';
  return line.startsWith('-') ? 'bad' : 'plain';
}
