/**
 * Which of two versions is the newer one, as dpkg sees it: below 0 when `one` is the older, 0 when they are equal.
 *
 * deb-version(7): `[epoch:]upstream[-revision]`, each part by turns as text and as number. In text `~` comes before
 * the end, the end before letters, and letters before all else.
 */
export function compareVersions(one: string, other: string): number {
  const [a, b] = [partsOf(one), partsOf(other)];
  return a.epoch - b.epoch || compareParts(a.upstream, b.upstream) || compareParts(a.revision, b.revision);
}

function partsOf(version: string): { epoch: number; upstream: string; revision: string } {
  const [, epoch = '0', upstream = '', revision = ''] = /^(?:(\d+):)?(.*?)(?:-([^-]*))?$/s.exec(version) ?? [];
  return { epoch: Number(epoch), upstream, revision };
}

function compareParts(one: string, other: string): number {
  const [a, b] = [pieces(one), pieces(other)];
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const { text = '', number = '' } = a[index] ?? {};
    const { text: otherText = '', number: otherNumber = '' } = b[index] ?? {};
    const difference = compareTexts(text, otherText) || compareNumbers(number, otherNumber);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** `1.2~rc1` is ``, 1; `.`, 2; `~rc`, 1. */
function pieces(part: string): { text: string; number: string }[] {
  return [...part.matchAll(/(\D*)(\d*)/g)].map(([, text = '', number = '']) => ({ text, number }));
}

function compareTexts(one: string, other: string): number {
  for (let index = 0; index < Math.max(one.length, other.length); index++) {
    const difference = weight(one.charCodeAt(index)) - weight(other.charCodeAt(index));
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Numbers of any length. */
function compareNumbers(one: string, other: string): number {
  const [a, b] = [one.replace(/^0+/, ''), other.replace(/^0+/, '')];
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}

/** NaN is what stands behind the end. */
function weight(code: number): number {
  if (Number.isNaN(code)) return 0;
  if (code === 126) return -1; // ~
  const isLetter = (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
  return isLetter ? code : code + 256;
}
