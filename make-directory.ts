import { mkdirSync, statSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a directory that a user has named, and those above it; what is there already is kept as it is.
 *
 * Node's own `recursive` never ends below `/proc`, where nothing can be made: whenever a parent is missing it makes that, which is there,
 * and begins anew. Here each is tried once more after its parent, and then it is refused.
 *
 * @throws the error of the system, which the caller makes a refusal of
 */
export async function makeDirectory(path: string, mode?: number): Promise<void> {
  const made = async (): Promise<void> => await mkdir(path, mode);
  try {
    await made().catch(async (error: unknown) => {
      if (!isParentMissing(error, path)) throw error;
      await makeDirectory(dirname(path), mode);
      await made();
    });
  } catch (error) {
    const there = await stat(path).catch(() => undefined);
    if (there?.isDirectory() !== true) throw error;
  }
}

/** The same, while everything waits. */
export function makeDirectorySync(path: string, mode?: number): void {
  try {
    try {
      mkdirSync(path, mode);
    } catch (error) {
      if (!isParentMissing(error, path)) throw error;
      makeDirectorySync(dirname(path), mode);
      mkdirSync(path, mode);
    }
  } catch (error) {
    const there = statSync(path, { throwIfNoEntry: false });
    if (there?.isDirectory() !== true) throw error;
  }
}

function isParentMissing(error: unknown, path: string): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT' && dirname(path) !== path;
}
