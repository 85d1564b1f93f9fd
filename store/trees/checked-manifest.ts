import { ContractorError } from '../../errors.ts';
import type { BytePath } from './byte-path.ts';
import { manifestDigest, manifestLineText, parseManifest } from './manifest.ts';
import type { ManifestLine } from './manifest.ts';

const HEAD = 'contractor tree 1\n';
const ENTRY =
  /(?:([dl]) ([0-7]{1,4}) (\d{1,5}) (\d{1,5}) |f ([0-7]{1,4}) (\d{1,5}) (\d{1,5}) (\d{1,14}) [0-9a-f]{64} )/y;
const COUNT = /(\d{1,4}):/y;

/** A tree whose files together are longer is refused, as an archive is. */
const MOST_BYTES = 64 * 1024 ** 3;
const MOST_ENTRIES = 5_000_000;

/**
 * The lines of a manifest that somebody has sent: it is what its digest says, but who has chosen the digest?
 *
 * Each line has to be as we write it, each name one component of a path, each directory there before what is in it, all in the
 * order of `walkTree`: so nothing comes twice, and nothing lies outside of the tree or beneath a link.
 *
 * @throws PLACE_DAMAGED
 */
export function checkedManifest(manifest: string, digest: string): ManifestLine[] {
  if (manifestDigest(manifest) !== digest) throw refused('it is not what its digest was made from');
  assertShape(manifest);
  const lines = parseManifest(manifest);
  const [root] = lines;
  if (root === undefined || root.path !== '' || root.type !== 'directory')
    throw refused('it does not begin with a directory');
  const directories = new Set<BytePath>();
  let before: BytePath | undefined;
  let bytes = 0;
  let at = HEAD.length;
  for (const line of lines) {
    const text = manifestLineText(line);
    if (!manifest.startsWith(text, at)) throw refused('it is not written as manifests are');
    at += text.length;
    assertLine(line);
    const order = line.path.replaceAll('/', '\0');
    if (before !== undefined && before >= order) throw refused('its entries are not in their order', line.path);
    if (line.path !== '' && !directories.has(parentOf(line.path)))
      throw refused('no directory holds this entry', line.path);
    if (line.type === 'directory') directories.add(line.path);
    bytes += line.contents?.sizeBytes ?? 0;
    before = order;
  }
  if (at !== manifest.length) throw refused('there is more than its entries');
  if (bytes > MOST_BYTES) throw refused('its files are longer than 64 GiB together');
  return lines;
}

/** So that what parses it finds every mark that it looks for. */
function assertShape(manifest: string): void {
  if (!manifest.startsWith(HEAD)) throw refused('it has another beginning');
  let at = HEAD.length;
  let entries = 0;
  const counted = (end: string): void => {
    COUNT.lastIndex = at;
    const length = COUNT.exec(manifest)?.[1];
    if (length === undefined) throw refused('it is not written as manifests are');
    at += length.length + 1 + Number(length) + 1;
    if (manifest[at - 1] !== end) throw refused('it is not written as manifests are');
  };
  while (at < manifest.length) {
    ENTRY.lastIndex = at;
    const found = ENTRY.exec(manifest);
    if (found === null) throw refused('it is not written as manifests are');
    at = ENTRY.lastIndex;
    if (found[1] === 'l') counted(' ');
    counted('\n');
    if (++entries > MOST_ENTRIES) throw refused(`it has more than ${MOST_ENTRIES} entries`);
  }
}

function assertLine({ path, uid, gid, target }: ManifestLine): void {
  if (uid > 65_535 || gid > 65_535) throw refused('it has an owner beyond those of containers', path);
  if (target !== undefined && (target === '' || target.length > 4095 || target.includes('\0')))
    throw refused('no link leads there', path);
  if (path.length > 4095 || path.startsWith('/')) throw refused('it has a path that is none', path);
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (path !== '' && (name === '' || name === '.' || name === '..' || name.length > 255 || name.includes('\0')))
    throw refused('it has a path that is none', path);
}

function parentOf(path: BytePath): BytePath {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

function refused(why: string, path?: BytePath): ContractorError {
  const where = path === undefined ? '' : ` (${JSON.stringify(Buffer.from(path, 'latin1').toString().slice(0, 200))})`;
  return new ContractorError(
    'PLACE_DAMAGED',
    `The manifest that has arrived is refused: ${why}${where}.`,
    'Fetch the artifact from another place, or push it again with `--anew` from a store that has it.',
  );
}
