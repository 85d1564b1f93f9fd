import { createHash } from 'node:crypto';
import { lstatSync, readlinkSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { hostToolOutput } from '../sandbox/host-tool.ts';
import type { FileHash, OutsideRecords } from '../store/records/outside.ts';
import { hashFile } from '../store/trees/hash-file.ts';

/** The hashes of host files that are known from earlier builds. */
export type FileHashes = Pick<OutsideRecords, 'getFileHash' | 'putFileHashes'>;

/** A file that was changed less long ago may be changed again without looking another: clocks of file systems tick slowly. */
const SETTLED_NS = 2_000_000_000n;

/**
 * A digest of what tar would pack of a directory: names, types, modes, links and contents, not owners and times.
 * A file that looks as it did (size, times, inode) is not read again. Undefined when tar cannot list it.
 */
export async function contentsDigest(
  { directory, argv, now }: { readonly directory: string; readonly argv: readonly string[]; readonly now: number },
  hashes: FileHashes,
): Promise<string | undefined> {
  const listing = await hostToolOutput('tar', [
    '--create',
    '--file=/dev/null',
    '--verbose',
    '--quoting-style=escape',
    ...argv,
  ]);
  if (listing === '') return undefined;
  const digest = createHash('sha256');
  const read: FileHash[] = [];
  const links = new Map<string, string>();
  try {
    for (const line of listing.split('\n')) {
      // Read as latin-1, a name of any bytes is text of as many characters.
      const name = unescaped(line).toString('latin1');
      const path = Buffer.from(`${Buffer.from(directory).toString('latin1')}/${name}`, 'latin1');
      const stats = lstatSync(path, { bigint: true });
      const inode = `${stats.dev}:${stats.ino}`;
      // As tar does: another name of a file is packed as a link to the first.
      const first = stats.isFile() && stats.nlink > 1n ? links.get(inode) : undefined;
      if (first === undefined) links.set(inode, name);
      digest.update(`${JSON.stringify([name, kindOf(stats), String(stats.mode & 0o7777n), first])}\n`);
      if (stats.isSymbolicLink()) digest.update(readlinkSync(path, { encoding: 'buffer' }));
      if (!stats.isFile() || first !== undefined) continue;
      const look = lookOf(stats);
      const key = path.toString('latin1');
      const known = hashes.getFileHash(key, look);
      const hash = known ?? hashFile(key);
      if (known === undefined && isSettled(stats, now)) read.push({ path: key, look, hash });
      digest.update(hash);
    }
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) return undefined; // It has changed under our eyes.
    throw error;
  }
  if (read.length > 0) hashes.putFileHashes(read);
  return digest.digest('hex');
}

/** How a file looks: as long as it does, its hash is what it was. */
export function lookOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [`${dev}:${ino}`, size, mtimeNs, ctimeNs].join(' ');
}

function isSettled({ mtimeNs, ctimeNs }: BigIntStats, now: number): boolean {
  const until = BigInt(now) * 1_000_000n - SETTLED_NS;
  return mtimeNs < until && ctimeNs < until;
}

function kindOf(stats: BigIntStats): string {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  return stats.isSymbolicLink() ? 'link' : `other ${stats.rdev}`;
}

/** A name in the `escape` style of GNU tar: as C writes a text, without the quotes. */
function unescaped(text: string): Buffer {
  const bytes: Buffer[] = [];
  for (const [, octal, letter, plain] of text.matchAll(/\\([0-7]{3})|\\(.)|([^\\]+)/gs)) {
    if (octal !== undefined) bytes.push(Buffer.from([Number.parseInt(octal, 8)]));
    else bytes.push(Buffer.from(letter === undefined ? (plain ?? '') : (LETTERS[letter] ?? letter)));
  }
  return Buffer.concat(bytes);
}

const LETTERS: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};
