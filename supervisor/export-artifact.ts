import { createWriteStream, existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createZstdCompress } from 'node:zlib';
import { ContractorError } from '../errors.ts';
import { makeDirectory } from '../make-directory.ts';
import type { IdMap } from '../sandbox/id-map.ts';
import { findProgram } from '../sandbox/programs.ts';
import { runInIdMap } from '../sandbox/run-in-id-map.ts';
import { exportTarArgv } from '../store/trees/tar-argv.ts';

/**
 * Writes an artifact to a tar archive, or to a directory when `path` ends in `/` or
 * is one. An archive holds the owners as they are inside; a directory belongs to
 * the user. A file is written beside and renamed, so it is whole or not there.
 */
export async function exportArtifact(
  { name, digest }: { readonly name: string; readonly digest: string },
  {
    path,
    trees,
    idMap,
    onProgress,
  }: {
    readonly path: string;
    readonly trees: string;
    readonly idMap: IdMap;
    readonly onProgress?: (progress: { bytes: number }) => void;
  },
): Promise<{ bytes: number }> {
  const toDirectory = path.endsWith('/') || (statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false);
  if (!toDirectory && existsSync(path)) {
    throw new ContractorError('USAGE', `\`${path}\` is there already.`, 'Remove it, or name another file.');
  }
  const tar = new PassThrough();
  let bytes = 0;
  tar.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    onProgress?.({ bytes });
  });
  const packed = runInIdMap({
    trees,
    idMap,
    command: ['/usr/bin/env', ...exportTarArgv({ directory: `artifacts/${name}/${digest}/tree` })],
    output: tar,
  });
  packed.catch(() => undefined); // It is awaited when all is written.
  const unfinished = `${path}.unfinished`;
  try {
    if (toDirectory) await unpack(tar, path);
    else if (/\.zst$|\.tzst$/.test(path))
      await pipeline(tar, createZstdCompress(), createWriteStream(unfinished, { flags: 'wx' }));
    else await pipeline(tar, createWriteStream(unfinished, { flags: 'wx' }));
    const { exitCode, stderr } = await packed;
    if (exitCode !== 0)
      throw new ContractorError(
        'ARTIFACT_DAMAGED',
        `tar could not read the artifact: ${stderr.trim()}`,
        'Run `contractor artifact verify`.',
      );
    if (!toDirectory) renameSync(unfinished, path);
  } catch (error) {
    if (!toDirectory) rmSync(unfinished, { force: true });
    throw error;
  }
  return { bytes };
}

async function unpack(tar: PassThrough, path: string): Promise<void> {
  await makeDirectory(path).catch((error: unknown) => {
    throw new ContractorError(
      'USAGE',
      `The directory \`${path}\` cannot be made: ${error instanceof Error ? error.message : String(error)}.`,
      'Name one where you may write.',
      { cause: error },
    );
  });
  const child = spawn(
    findProgram('tar'),
    ['--extract', '--file=-', '--keep-old-files', '--no-same-owner', '--no-same-permissions', `--directory=${path}`],
    {
      stdio: ['pipe', 'ignore', 'pipe'],
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C.UTF-8' },
    },
  );
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
  const closed = once(child, 'close');
  await pipeline(tar, child.stdin).catch(() => undefined); // tar says why on its standard error
  const [code] = (await closed) as [number | null];
  if (code !== 0) {
    throw new ContractorError(
      'USAGE',
      `The artifact could not be written to \`${path}\`: ${complaints.trim().slice(0, 500)}`,
      'Name an empty or a new directory.',
    );
  }
}
