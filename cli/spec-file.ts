import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { ContractorError, readSpecFile, type SpecSource } from '../index.ts';
import type { Context } from './context.ts';

/** The names under which a specification is found without being named. */
const DEFAULT_SPEC_FILES = ['build.yaml', 'contractor.yaml'] as const;

/** More than any person writes; of an endless stream, no more is read into memory. */
const LARGEST_BYTES = 64 * 1024 * 1024;

/**
 * Reads the specification that was named on the command line: a file, `-` for
 * the standard input, or nothing for the default file of the working directory.
 * Throws `SPEC_UNREADABLE`.
 */
export async function readSpec(name: string | undefined, context: Context): Promise<SpecSource> {
  const { workingDirectory } = context;
  if (name === '-') {
    return { text: await textOf(context.stdin), fileName: '<stdin>', directory: workingDirectory };
  }
  const present = DEFAULT_SPEC_FILES.find((file) => existsSync(resolve(workingDirectory, file)));
  const fileName = name ?? present;
  if (fileName === undefined) throw noSpec(workingDirectory);
  const path = resolve(workingDirectory, fileName);
  if (present !== undefined && !existsSync(path)) throw missing(fileName, present);
  return { ...readSpecFile(path), fileName, directory: dirname(path) };
}

function noSpec(directory: string): ContractorError {
  return new ContractorError(
    'SPEC_UNREADABLE',
    `There is neither a \`${DEFAULT_SPEC_FILES.join('` nor a `')}\` in ${directory}.`,
    'Name the specification, as in `contractor build path/to/build.yaml`, or go to its directory.',
  );
}

/** Whoever forgets the specification names a project in its place. */
function missing(fileName: string, present: string): ContractorError {
  return new ContractorError(
    'SPEC_UNREADABLE',
    `There is no specification \`${fileName}\`.`,
    `If it is a project of ${present}, name the specification first: \`contractor build ${present} ${fileName}\`.`,
  );
}

async function textOf(stream: AsyncIterable<Buffer | string>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    chunks.push(Buffer.from(chunk));
    size += chunk.length;
    if (size > LARGEST_BYTES) break;
  }
  // The parser refuses what is too large, and says so.
  return Buffer.concat(chunks).toString('utf8');
}
