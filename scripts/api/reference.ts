import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createTwoFilesPatch } from 'diff';
import { format, resolveConfig } from 'prettier';
import { entriesOf } from './entries.ts';
import { apiPages } from './pages.ts';
import { publicSurface } from './public-surface.ts';
import type { SurfaceItem } from './public-surface.ts';

/** The pages that the sources at `root` make, by their path. */
async function reference(root: string): Promise<ReadonlyMap<string, string>> {
  const entries = entriesOf(root);
  const items = await Promise.all(publicSurface(root, entries).map((item) => formatted(root, item)));
  return apiPages(items, entries);
}

/** The pages that are there. */
function pagesAt(root: string): ReadonlyMap<string, string> {
  const paths = globSync('docs/api/*.md', { cwd: root });
  return new Map(paths.map((path) => [path, readFileSync(join(root, path), 'utf8')]));
}

/** How the pages that are there differ from those that the sources make, as patches. */
export async function staleness(root: string): Promise<readonly string[]> {
  const [made, there] = [await reference(root), pagesAt(root)];
  return [...new Set([...made.keys(), ...there.keys()])].flatMap((path) => {
    const [is, shall] = [there.get(path) ?? '', made.get(path) ?? ''];
    return is === shall ? [] : [createTwoFilesPatch(path, path, is, shall, 'as it is', 'as the sources are')];
  });
}

/** Writes what the sources make, and removes pages that nothing is on any more. */
export async function writeReference(root: string): Promise<void> {
  const pages = await reference(root);
  for (const path of pagesAt(root).keys()) if (!pages.has(path)) rmSync(join(root, path));
  for (const [path, text] of pages) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

/** Types are shown as they stand in the sources, which are formatted; the rest is as its declaration was made. */
async function formatted(root: string, item: SurfaceItem): Promise<SurfaceItem> {
  if (item.kind !== 'type') {
    const settings = await resolveConfig(join(root, item.file));
    item.code = await format(item.code, { ...settings, filepath: item.file });
  }
  return item;
}
