import type { ComparedPart, Comparison, EntryChange, EntryLook } from '../../index.ts';
import type { Glyphs } from '../text/glyphs.ts';
import type { Row } from '../text/row.ts';
import { packageRows } from './package-rows.ts';
import { sizeText } from '../text/size-text.ts';

/** The user and group that steps run as, of whom there is nothing to say. */
const BUILDER = 1000;

/**
 * What changed, a line an entry:
 *
 *     A  bin/hello         0755, 16 kB
 *     M  Makefile          120 B → 131 B
 *     D  old.c
 *     M  /etc/passwd       container `c`
 */
export function changeRows({ parts, packages = [] }: Comparison, glyphs: Glyphs): readonly Row[] {
  const rows = [...packageRows(packages, glyphs), ...parts.flatMap((part) => partRows(part, glyphs))];
  const all = parts.flatMap(({ changes }) => changes);
  const count = (type: EntryChange['type']): number => all.filter((change) => change.type === type).length;
  const said = (['added', 'changed', 'removed'] as const).flatMap((type) =>
    count(type) === 0 ? [] : [`${count(type)} ${type}`],
  );
  const end = said.length === 0 ? 'no changes' : said.join(', ');
  return [...rows, { left: [['strong', end]] }];
}

function partRows({ type, name, changes, tooDeep, isCut }: ComparedPart, glyphs: Glyphs): Row[] {
  const place = type === 'container' ? { root: '/', said: `  of container ${name}` } : { root: '', said: '' };
  return [
    ...changes.map((change): Row => ({
      left: [
        [TONES[change.type], `${LETTERS[change.type]}  `],
        ['plain', shownPath(change, place.root)],
        ['faint', detailsOf(change, glyphs)],
        ['faint', place.said],
      ],
    })),
    ...tooDeep.map((path): Row => ({ left: [['warning', `?  ${place.root}${path}/: too deep to be compared`]] })),
    ...(isCut ? [{ left: [['warning', 'There are more. Name a directory to see what changed in it.']] } as Row] : []),
  ];
}

const LETTERS = { added: 'A', changed: 'M', removed: 'D' } as const;
const TONES = { added: 'good', changed: 'warning', removed: 'bad' } as const;

/** The path of an entry for people; of a directory with a slash. */
export function shownPath({ path, before, after }: EntryChange, root: string): string {
  const look = after ?? before;
  const whole = `${root}${visible(path)}` || '.';
  return look?.type === 'directory' && whole !== '/' ? `${whole}/` : whole;
}

/** What an entry is, or how it differs. */
export function detailsOf(change: EntryChange, glyphs: Glyphs): string {
  const { before, after, differs = [] } = change;
  const words =
    change.type === 'changed' && before !== undefined && after !== undefined
      ? differs.map((each) => differenceText(each, { before, after, next: glyphs.next }))
      : after === undefined
        ? []
        : lookWords(after, glyphs);
  return words.length === 0 ? '' : `  ${words.join(', ')}`;
}

function lookWords({ type, mode, uid, gid, sizeBytes, target }: EntryLook, { next }: Glyphs): string[] {
  const owner = uid === BUILDER && gid === BUILDER ? [] : [`owner ${uid}:${gid}`];
  if (type === 'symlink') return [`link ${next} ${visible(target)}`, ...owner];
  return [modeText(mode), ...(type === 'file' ? [sizeText(sizeBytes)] : type === 'directory' ? [] : [type]), ...owner];
}

function differenceText(
  difference: NonNullable<EntryChange['differs']>[number],
  { before, after, next }: { readonly before: EntryLook; readonly after: EntryLook; readonly next: string },
): string {
  switch (difference) {
    case 'type':
      return `${before.type} ${next} ${after.type}`;
    case 'mode':
      return `mode ${modeText(before.mode)} ${next} ${modeText(after.mode)}`;
    case 'owner':
      return `owner ${before.uid}:${before.gid} ${next} ${after.uid}:${after.gid}`;
    case 'target':
      return `link ${visible(before.target)} ${next} ${visible(after.target)}`;
    case 'contents': {
      const [old, now] = [sizeText(before.sizeBytes), sizeText(after.sizeBytes)];
      return old === now ? `contents, ${now}` : `${old} ${next} ${now}`;
    }
  }
}

/** A name is shown whole: what would steer a terminal stays to be seen, where a log's text would lose it. */
export function visible(name: string): string {
  return name.replaceAll(
    // oxlint-disable-next-line no-control-regex
    /[\x00-\x1f\x7f]/g,
    (character) => (character === '\x7f' ? '␡' : String.fromCharCode(0x2400 + character.charCodeAt(0))),
  );
}

function modeText(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}
