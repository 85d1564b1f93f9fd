import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { getSystemErrorMessage } from 'node:util';
import { ContractorError } from '../errors.ts';
import { inFolder, NoFolder } from './folder-of-key.ts';
import { isKey } from './place.ts';
import type { Place, PlaceObject } from './place.ts';

/** It keeps names, and that there are none, for up to a minute. */
const NFS_SEES_AFTER_MS = 120_000;

const MOST_TRIES = 20;

/**
 * A directory that several hosts have, by NFS or the like. An object is a file with its key for a path.
 *
 * It is written beside, flushed and renamed, so that nobody reads half of it. What a killed process leaves begins with a dot.
 * Nothing below the directory is followed that is a link.
 */
export function directoryPlace(directory: string): Place {
  const shown = `file:${directory}`;
  const tried = async <Result>(what: string, work: () => Promise<Result>): Promise<Result> => {
    try {
      return await work();
    } catch (error) {
      throw refusalOf(error, { shown, what });
    }
  };
  const at = (key: string): { readonly folder: string; readonly name: string } => {
    if (!isKey(key)) throw new Error(`${JSON.stringify(key)} is no key`);
    const end = key.lastIndexOf('/');
    return { folder: key.slice(0, Math.max(end, 0)), name: key.slice(end + 1) };
  };
  return {
    shown,
    settleMs: NFS_SEES_AFTER_MS,
    prepare: async () =>
      await tried('a new file', async () => {
        await inFolder({ directory, folder: '', make: true }, async (path) => {
          const beside = `${path}/.new-${randomUUID()}`;
          await (await open(beside, 'wx')).close();
          await rm(beside);
        });
      }),
    look: async (key) =>
      await tried(key, async () => {
        const { folder, name } = at(key);
        return await inFolder({ directory, folder }, async (path) => await objectAt(`${path}/${name}`, key));
      }),
    get: async (key, { maxBytes, signal }) =>
      await tried(key, async () => {
        const { folder, name } = at(key);
        return await inFolder(
          { directory, folder },
          async (path) => await readWhole(`${path}/${name}`, { maxBytes, signal, key, shown }),
        );
      }),
    put: async (key, bytes, { signal } = {}) =>
      await tried(key, async () => {
        signal?.throwIfAborted();
        const { folder, name } = at(key);
        await persistently(
          async () =>
            await inFolder({ directory, folder, make: true }, async (path) => {
              await writeWhole({ path, name }, bytes);
              return true;
            }),
        );
      }),
    remove: async (key) =>
      await tried(key, async () => {
        const { folder, name } = at(key);
        await inFolder({ directory, folder }, async (path) => await rm(`${path}/${name}`, { force: true }));
        if (folder === '') return;
        const above = at(folder);
        await inFolder(
          { directory, folder: above.folder },
          async (path) => await removeIfEmpty(`${path}/${above.name}`),
        );
      }),
    list: (folder) => listed(folder, async (key, work) => await tried(key, async () => await work(directory))),
  };
}

/** A folder in which there is nothing may be removed by a prune whenever it is not held: then it is made once more. */
async function persistently(write: () => Promise<boolean | undefined>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      if ((await write()) === true) return;
    } catch (error) {
      if (codeOf(error) !== 'ENOENT' || tries === MOST_TRIES) throw error;
    }
    if (tries === MOST_TRIES) throw new Error('a folder of the place was removed again and again');
  }
}

async function removeIfEmpty(path: string): Promise<void> {
  await rmdir(path).catch((error: unknown) => {
    if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(codeOf(error))) throw error;
  });
}

async function readWhole(
  path: string,
  {
    maxBytes,
    signal,
    key,
    shown,
  }: {
    readonly maxBytes: number;
    readonly signal: AbortSignal | undefined;
    readonly key: string;
    readonly shown: string;
  },
): Promise<Buffer | undefined> {
  // Without waiting: a pipe is no object, and opening one would last until somebody writes to it.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await open(path, flags).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw codeOf(error) === 'ELOOP' ? noFile(key, shown) : error;
  });
  if (file === undefined) return undefined;
  try {
    const found = await file.stat();
    if (!found.isFile()) throw noFile(key, shown);
    const { size } = found;
    if (size > maxBytes) throw tooLong(key, { shown, maxBytes });
    const bytes = Buffer.allocUnsafe(size);
    let done = 0;
    while (done < size) {
      signal?.throwIfAborted();
      const { bytesRead } = await file.read(bytes, done, Math.min(size - done, 4 * 1024 * 1024), done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return bytes.subarray(0, done);
  } finally {
    await file.close();
  }
}

async function writeWhole({ path, name }: { readonly path: string; readonly name: string }, bytes: Buffer) {
  const beside = `${path}/.new-${randomUUID()}`;
  try {
    const file = await open(beside, 'wx', 0o644);
    try {
      await file.writeFile(bytes);
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(beside, `${path}/${name}`);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}

type Trying = <Result>(key: string, work: (directory: string) => Promise<Result>) => Promise<Result>;

async function* listed(folder: string, tried: Trying): AsyncGenerator<PlaceObject> {
  const found = await tried(folder, async (directory) => {
    const within = { directory, folder: folder.replace(/\/$/, '') };
    return await inFolder(within, async (path) => {
      const entries = await readdir(path, { withFileTypes: true });
      const keys = entries.filter(({ name }) => isKey(`${folder}${name}`));
      return {
        folders: keys.filter((entry) => entry.isDirectory()).map(({ name }) => `${folder}${name}/`),
        objects: await Promise.all(keys.map(async ({ name }) => await objectAt(`${path}/${name}`, `${folder}${name}`))),
      };
    });
  });
  for (const object of found?.objects ?? []) if (object !== undefined) yield object;
  for (const below of found?.folders ?? []) yield* listed(below, tried);
}

/** Undefined: there is nothing, or no file. */
async function objectAt(path: string, key: string): Promise<PlaceObject | undefined> {
  try {
    const found = await lstat(path);
    return found.isFile() ? { key, sizeBytes: found.size, modifiedAt: found.mtimeMs } : undefined;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function noFile(key: string, shown: string): ContractorError {
  return new ContractorError(
    'PLACE_DAMAGED',
    `\`${key}\` of ${shown} is no file.`,
    'Find out who has laid it there; then push the artifact again with `--anew`, from a store that has it.',
  );
}

/** The refusal of what is longer than it can be. */
export function tooLong(
  key: string,
  { shown, maxBytes }: { readonly shown: string; readonly maxBytes: number },
): ContractorError {
  return new ContractorError(
    'PLACE_DAMAGED',
    `\`${key}\` of ${shown} is longer than it can be: more than ${maxBytes} bytes.`,
    'Push the artifact again with `--anew`, from a store that has it.',
  );
}

function refusalOf(error: unknown, { shown, what }: { readonly shown: string; readonly what: string }): unknown {
  if (error instanceof NoFolder) {
    return new ContractorError(
      'PLACE_UNUSABLE',
      `${shown} cannot be used: \`${error.folder}\` in it is a link or a file, where a folder belongs.`,
      'Find out who has laid it there, and remove it.',
    );
  }
  if (!(error instanceof Error) || !('syscall' in error) || !('errno' in error)) return error;
  return new ContractorError(
    'PLACE_UNUSABLE',
    `${shown} cannot be used: ${getSystemErrorMessage(Number(error.errno)) ?? error.message}, at \`${what}\`.`,
    'Make the directory readable, and for a push writable, and look whether its disk is full or away.',
    { cause: error },
  );
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
