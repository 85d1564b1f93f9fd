import { formatPatch, structuredPatch, type StructuredPatch } from 'diff';
import type { Version, Versions } from '../../index.ts';

/** Longer, and nobody waits for it: two files that have nothing in common are then told whole. */
const TIMEOUT_MS = 3000;
const CONTEXT_LINES = 3;

/** What differs between two versions of a file, for people and for patch(1). */
export type Patch =
  /** In latin1: a character a byte, as a file need not be UTF-8. */
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'binary' }
  | { readonly type: 'equal' }
  /** One of the two is no regular file, and the other is none either. */
  | { readonly type: 'no-file' };

/** The unified diff of two versions of a file. What does not exist is empty. */
export function patchOf(
  { path, before, after }: Versions,
  { timeoutMs = TIMEOUT_MS }: { readonly timeoutMs?: number } = {},
): Patch {
  const [old, now] = [contentsOf(before), contentsOf(after)];
  if (old === undefined && now === undefined) return { type: 'no-file' };
  if (isBinary(old) || isBinary(now)) {
    return old !== undefined && now !== undefined && old.equals(now) ? { type: 'equal' } : { type: 'binary' };
  }
  const names = [
    old === undefined ? '/dev/null' : quoted(`a/${path}`),
    now === undefined ? '/dev/null' : quoted(`b/${path}`),
  ];
  const [oldText, newText] = [old?.toString('latin1') ?? '', now?.toString('latin1') ?? ''];
  if (oldText === newText) return { type: 'equal' };
  const patch =
    structuredPatch('', '', oldText, newText, undefined, undefined, { context: CONTEXT_LINES, timeout: timeoutMs }) ??
    wholePatch(oldText, newText);
  // Written here: the library would put a tab and a header behind a name, and takes it for text.
  const hunks = formatPatch(patch, { includeIndex: false, includeUnderline: false, includeFileHeaders: false });
  return { type: 'text', text: `--- ${names[0]}\n+++ ${names[1]}\n${hunks}` };
}

function contentsOf(version: Version | undefined): Buffer | undefined {
  return version?.contents === undefined ? undefined : Buffer.from(version.contents);
}

/** As git tells it: by a zero byte near the beginning. */
function isBinary(bytes: Buffer | undefined): boolean {
  return bytes?.subarray(0, 8000).includes(0) ?? false;
}

/** A patch that takes everything away and puts everything there. */
function wholePatch(old: string, now: string): StructuredPatch {
  const lines = (text: string, sign: string): string[] => {
    const all = text.split('\n');
    const isEnded = all.at(-1) === '';
    if (isEnded) all.pop();
    return [...all.map((line) => `${sign}${line}`), ...(isEnded ? [] : ['\\ No newline at end of file'])];
  };
  const count = (text: string): number => (text === '' ? 0 : text.replace(/\n$/, '').split('\n').length);
  return {
    oldFileName: '',
    newFileName: '',
    oldHeader: undefined,
    newHeader: undefined,
    hunks: [
      {
        oldStart: 1,
        oldLines: count(old),
        newStart: 1,
        newLines: count(now),
        lines: [...(old === '' ? [] : lines(old, '-')), ...(now === '' ? [] : lines(now, '+'))],
      },
    ],
  };
}

/** A file name as git writes it: in quotes, bytes in octal, where it holds what would break a line or begins a quote. */
function quoted(path: string): string {
  const bytes = Buffer.from(path).toString('latin1');
  // oxlint-disable-next-line no-control-regex
  if (!/["\\\x00-\x1f\x7f-\xff]/.test(bytes)) return path;
  return `"${bytes.replaceAll(
    // oxlint-disable-next-line no-control-regex
    /["\\\x00-\x1f\x7f-\xff]/g,
    (byte) => `\\${byte === '"' || byte === '\\' ? byte : byte.charCodeAt(0).toString(8).padStart(3, '0')}`,
  )}"`;
}
