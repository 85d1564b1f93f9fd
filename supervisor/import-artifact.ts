import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chownSync,
  closeSync,
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  statfsSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { ContractorError } from '../errors.ts';
import { hostId } from '../sandbox/id-map.ts';
import { BUILDER } from '../sandbox/policy.ts';
import { findProgram } from '../sandbox/programs.ts';
import { OVERLAY_PLACE, runInIdMap } from '../sandbox/run-in-id-map.ts';
import type { PublishResult } from '../store/trees/publish.ts';
import { importTarArgv } from '../store/trees/tar-argv.ts';
import { boundedStream } from './bounded-stream.ts';
import { versionOf } from './shelf-world.ts';
import { Flusher } from './flusher.ts';
import { recoverTrees } from './recover-store.ts';
import type { ShelfWorld } from './shelf-world.ts';
import type { ArtifactVersion } from './shelf.ts';
import { runTreeJob } from './tree-worker.ts';

/** An archive that unpacks to more than this is refused: it is a mistake or a bomb. */
const MAX_SIZE_BYTES = 64 * 1024 ** 3;
const MAX_MEMBERS = 5_000_000;

/**
 * Makes a new version of an artifact from a tar archive (plain, gzip, xz or zstd by
 * its content) or from a directory. All members of an archive are checked before
 * one is unpacked.
 *
 * Owners in an archive are taken as ids inside; of a directory, root's import keeps
 * them, and an ordinary user's files become the builder's.
 */
export async function importArtifact(
  { name, path }: { readonly name: string; readonly path: string },
  world: ShelfWorld,
): Promise<ArtifactVersion & { readonly isNew: boolean }> {
  const { store } = world;
  const { trees } = store.paths;
  const idMap = world.idMap();
  const place = { trees, idMap };
  await recoverTrees(store, () => idMap);
  const id = world.newId();
  const scratch = join(trees, 'attempts', id);
  mkdirSync(scratch);
  if (idMap.how === 'direct') chownSync(scratch, hostId(idMap.uid, 0), hostId(idMap.gid, 0));
  const archive = join(scratch, 'archive.tar');
  try {
    const most = Math.min(MAX_SIZE_BYTES, halfOfFree(trees));
    const bounded = boundedStream(most, () => tooLarge(path, most));
    await pipeline(await tarOf(path), bounded, createWriteStream(archive, { mode: 0o644 }));
    await runTreeJob(
      {
        type: 'check-archive',
        archive: `attempts/${id}/archive.tar`,
        maxSizeBytes: MAX_SIZE_BYTES,
        maxMembers: MAX_MEMBERS,
      },
      place,
    );
    const { exitCode, stderr } = await runInIdMap({
      ...place,
      command: [
        '/bin/sh',
        '-eu',
        '-c',
        'mkdir "$1"; shift; exec "$@"',
        'sh',
        `layers/.new-${id}`,
        ...importTarArgv({ directory: `layers/.new-${id}` }),
      ],
      input: createReadStream(archive),
    });
    if (exitCode !== 0) {
      throw new ContractorError(
        'ARCHIVE_REFUSED',
        `tar could not unpack \`${path}\`: ${stderr.trim().slice(0, 500)}`,
        'Check the archive with `tar --list`.',
      );
    }
    renameSync(join(trees, 'layers', `.new-${id}`), join(trees, 'layers', id));
    let recorded: { readonly version: number; readonly isNew: boolean } | undefined;
    while (recorded === undefined) {
      const published = await runTreeJob(
        { type: 'publish', merged: OVERLAY_PLACE, layers: [`layers/${id}`], name },
        place,
        { overlays: [{ target: OVERLAY_PLACE, lower: [id] }] },
      );
      if (published.type === 'refused')
        throw new ContractorError('ARCHIVE_REFUSED', published.message, 'Import something else.');
      recorded = recordImported({ name, ...published }, world);
    }
    const { version, isNew } = recorded;
    const record = store.findArtifact(name, version);
    if (record === undefined) throw new Error(`${name}@${version} was just recorded`);
    await new Flusher({ store, now: world.hostNow }).flush();
    await store.flushRecords();
    return { ...versionOf(record), isNew };
  } finally {
    for (const leftover of [`attempts/${id}`, `layers/${id}`, `layers/.new-${id}`]) {
      await runTreeJob({ type: 'remove', path: leftover }, place);
    }
  }
}

type PublishedTree = Extract<PublishResult, { type: 'published' }> & { readonly name: string };

/** Undefined: the same tree was in the store, and was just removed as old. It has to be made again. */
function recordImported(
  { name, digest, entries, files, sizeBytes, system }: PublishedTree,
  { store, bootId, now }: ShelfWorld,
): { readonly version: number; readonly isNew: boolean } | undefined {
  return store.transaction(() => {
    if (!existsSync(join(store.paths.trees, 'artifacts', name, digest, 'tree'))) return undefined;
    const packages = system === undefined ? {} : { packages: system.packages };
    const made = { createdAt: now(), madeBy: null, bootId };
    return store.recordArtifactVersion({ name, digest, entries, files, sizeBytes, ...made, ...packages });
  });
}

/** Half of what the disk has free: the other half is for the files. */
function halfOfFree(path: string): number {
  const { bavail, bsize, blocks } = statfsSync(path);
  return blocks === 0 ? Infinity : Math.floor((bavail * bsize) / 2);
}

function tooLarge(path: string, most: number): ContractorError {
  const tooMuch = `\`${path}\` has more than ${most} bytes when it is decompressed`;
  if (most === MAX_SIZE_BYTES) {
    return new ContractorError('ARCHIVE_REFUSED', `${tooMuch}: 64 GiB, the most that is imported.`, 'Make it smaller.');
  }
  return new ContractorError(
    'STORE_UNUSABLE',
    `${tooMuch}: half of what the disk of the store has free, as the other half is for the files.`,
    'Make room on it, or name another store with `--store`.',
  );
}

async function tarOf(path: string): Promise<Readable> {
  if (statSync(path).isDirectory()) return fromTar(path);
  switch (compressionOf(path)) {
    case 'gzip':
      return createReadStream(path).pipe(createGunzip());
    case 'zstd':
      return createReadStream(path).pipe(createZstdDecompress());
    case 'xz':
      return fromProgram('xz', ['--decompress', '--stdout', '--', path]);
    case 'none':
      return createReadStream(path);
  }
}

function fromTar(directory: string): Promise<Readable> {
  const owner = process.getuid?.() === 0 ? [] : [`--owner=:${BUILDER}`, `--group=:${BUILDER}`];
  return fromProgram('tar', [
    '--create',
    '--file=-',
    '--sort=name',
    '--format=pax',
    '--numeric-owner',
    ...owner,
    `--directory=${directory}`,
    '.',
  ]);
}

async function fromProgram(name: string, argv: readonly string[]): Promise<Readable> {
  const child = spawn(findProgram(name), argv, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C.UTF-8' },
  });
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
  await once(child, 'spawn');
  child.once('close', (code) => {
    if (code !== 0)
      child.stdout.destroy(
        new ContractorError(
          'ARCHIVE_REFUSED',
          `${name}: ${complaints.trim().slice(0, 500)}`,
          'Mend what it complains of.',
        ),
      );
  });
  return child.stdout;
}

/** By the first bytes: RFC 1952, RFC 8878, and the .xz file format. */
function compressionOf(path: string): 'gzip' | 'zstd' | 'xz' | 'none' {
  const fd = openSync(path, 'r');
  try {
    const head = Buffer.alloc(6);
    readSync(fd, head, 0, 6, 0);
    if (head.subarray(0, 2).equals(Buffer.from([0x1f, 0x8b]))) return 'gzip';
    if (head.readUInt32LE(0) === 0xfd2fb528) return 'zstd';
    if (head.equals(Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]))) return 'xz';
    return 'none';
  } finally {
    closeSync(fd);
  }
}
