import { inside } from './byte-path.ts';
import type { BytePath } from './byte-path.ts';
import { hashFile } from './hash-file.ts';
import { manifestDigest, manifestLine, manifestText } from './manifest.ts';
import type { ManifestLine } from './manifest.ts';
import type { OnProgress } from './progress.ts';
import { walkTree } from './walk-tree.ts';

export interface TreeDigest {
  readonly digest: string;
  readonly entries: number;
  readonly files: number;
  readonly sizeBytes: number;
}

/** The digest of the tree at `root`: the SHA-256 of its manifest. Reads every byte of it. */
export function treeDigest(root: BytePath, onProgress: OnProgress): TreeDigest {
  const lines: ManifestLine[] = [];
  let files = 0;
  let sizeBytes = 0;
  for (const entry of walkTree(root)) {
    const line = manifestLine(entry, ({ path }) => hashFile(inside(root, path)));
    if (!line) continue;
    lines.push(line);
    if (!line.contents) continue;
    files++;
    sizeBytes += line.contents.sizeBytes;
    onProgress({ files: 1, bytes: line.contents.sizeBytes });
  }
  return { digest: manifestDigest(manifestText(lines)), entries: lines.length, files, sizeBytes };
}
