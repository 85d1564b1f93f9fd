import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ContractorError } from '../errors.ts';
import { isKey } from './place.ts';
import type { Place, PlaceObject } from './place.ts';

/**
 * A directory that several hosts have, by NFS or the like. An object is a file with its key for a path.
 *
 * It is written beside, flushed and renamed, so that nobody reads half of it. What a killed process leaves begins with a dot.
 */
export function directoryPlace(directory: string): Place {
  const shown = `file:${directory}`;
  const location = (key: string): string => {
    if (!isKey(key)) throw new Error(`${JSON.stringify(key)} is no key`);
    return join(directory, key);
  };
  const tried = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    try {
      return await work();
    } catch (error) {
      throw refusalOf(error, shown);
    }
  };
  const look = (key: string) =>
    tried(async () => {
      const found = await statOf(location(key));
      return found?.isFile() === true ? { key, sizeBytes: found.size, modifiedAt: found.mtimeMs } : undefined;
    });
  return {
    shown,
    look,
    get: (key, { maxBytes, signal }) => tried(() => readWhole(location(key), { maxBytes, signal, key, shown })),
    put: (key, bytes, { signal } = {}) =>
      tried(async () => {
        signal?.throwIfAborted();
        await writeWhole(location(key), bytes);
      }),
    remove: (key) =>
      tried(async () => {
        await rm(location(key), { force: true });
      }),
    list: (folder) => listed(directory, folder, shown),
  };
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
  const file = await open(path, 'r').catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (file === undefined) return undefined;
  try {
    const { size } = await file.stat();
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

async function writeWhole(path: string, bytes: Buffer): Promise<void> {
  const beside = join(dirname(path), `.new-${randomUUID()}`);
  await mkdir(dirname(path), { recursive: true });
  try {
    const file = await open(beside, 'wx', 0o644);
    try {
      await file.writeFile(bytes);
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}

async function* listed(directory: string, folder: string, shown: string): AsyncGenerator<PlaceObject> {
  const names = await readdir(join(directory, folder), { withFileTypes: true }).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw refusalOf(error, shown);
  });
  for (const entry of names) {
    const key = `${folder}${entry.name}`;
    if (!isKey(key)) continue;
    if (entry.isDirectory()) yield* listed(directory, `${key}/`, shown);
    else if (entry.isFile()) {
      const found = await statOf(join(directory, key));
      if (found !== undefined) yield { key, sizeBytes: found.size, modifiedAt: found.mtimeMs };
    }
  }
}

async function statOf(path: string) {
  return await stat(path).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
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

function refusalOf(error: unknown, shown: string): unknown {
  if (!(error instanceof Error) || !('syscall' in error)) return error;
  return new ContractorError(
    'PLACE_UNUSABLE',
    `${shown} cannot be used: ${error.message}.`,
    'Make the directory readable, and for a push writable, and look whether its disk is full or away.',
    { cause: error },
  );
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
