import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, realpathSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { findProgramIfAny } from './programs.ts';

/** A program of the host as it was when a step used it. */
export interface ToolFact {
  readonly name: string;
  readonly path: string;
  /** What it says of itself, when it says something. */
  readonly version?: string;
  readonly sha256: string;
}

const known = new Map<string, Promise<ToolFact | undefined>>();

/** What is there of these programs; read once in the life of this process. Never rejects. */
export async function toolFacts(names: readonly string[]): Promise<readonly ToolFact[]> {
  const facts = await Promise.all(
    names.map(async (name) => {
      const fact = known.get(name) ?? readFact(name);
      known.set(name, fact);
      return await fact;
    }),
  );
  return facts.filter((fact) => fact !== undefined);
}

async function readFact(name: string): Promise<ToolFact | undefined> {
  const found = findProgramIfAny(name);
  if (found === undefined) return undefined;
  try {
    const path = realpathSync(found);
    const [version, sha256] = await Promise.all([versionOf(found), digestOf(path)]);
    return { name, path, ...(version === undefined ? {} : { version }), sha256 };
  } catch {
    return undefined; // It has gone meanwhile, and so will the step that needs it say.
  }
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

async function versionOf(path: string): Promise<string | undefined> {
  return await new Promise((resolve) => {
    execFile(path, ['--version'], { timeout: 10_000, env: { LC_ALL: 'C.UTF-8' } }, (error, stdout) => {
      resolve(error === null ? /\d+(\.\d+)+[^\s)(,]*/.exec(stdout)?.[0] : undefined);
    });
  });
}
