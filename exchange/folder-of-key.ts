import { constants } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { makeDirectory } from '../make-directory.ts';

const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY;

/** Something else is where a folder belongs: a link, or a file. */
export class NoFolder extends Error {
  override readonly name = 'NoFolder';
  readonly folder: string;

  constructor(folder: string) {
    super(`\`${folder}\` is no folder`);
    this.folder = folder;
  }
}

/**
 * Calls `act` with a path of a folder below a directory, given without a slash at its end; undefined when it is not there.
 *
 * Others may write to the directory, and could lay a link there that leads out of it, for a worker that may do more than they. So
 * each folder is opened from the one above it, without following any, and the path is good as long as `act` runs, whatever is
 * moved meanwhile. The directory itself may be a link: the user has named it.
 *
 * @throws NoFolder
 */
export async function inFolder<Result>(
  { directory, folder, make = false }: { readonly directory: string; readonly folder: string; readonly make?: boolean },
  act: (path: string) => Promise<Result>,
): Promise<Result | undefined> {
  if (make) await makeDirectory(directory);
  let handle = await open(directory, FOLDER).catch(undefinedIfMissing);
  let shown = '';
  try {
    for (const name of folder === '' ? [] : folder.split('/')) {
      if (handle === undefined) return undefined;
      shown = shown === '' ? name : `${shown}/${name}`;
      const above: FileHandle = handle;
      handle = await openBelow(above, name, make).catch(async (error: unknown) => {
        throw isOther(error) ? new NoFolder(shown) : error;
      });
      await above.close();
    }
    return handle === undefined ? undefined : await act(pathOf(handle));
  } finally {
    await handle?.close();
  }
}

async function openBelow(above: FileHandle, name: string, make: boolean): Promise<FileHandle | undefined> {
  const path = `${pathOf(above)}/${name}`;
  if (make) {
    await mkdir(path).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw error;
    });
  }
  return await open(path, FOLDER | constants.O_NOFOLLOW).catch(undefinedIfMissing);
}

function pathOf({ fd }: FileHandle): string {
  return `/proc/self/fd/${fd}`;
}

function undefinedIfMissing(error: unknown): undefined {
  if (codeOf(error) !== 'ENOENT') throw error;
}

function isOther(error: unknown): boolean {
  return ['ENOTDIR', 'ELOOP'].includes(codeOf(error));
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
