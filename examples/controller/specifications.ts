import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * The specifications as they are to be built, one file each: all that a controller keeps beside the store.
 *
 * It is no queue. A file says what is wanted, and the newest run of that file in the store says what was begun.
 * Where these differ there is something to do, and that is found again after any crash.
 *
 *     specifications/NAME/build.yaml
 */
export class Specifications {
  readonly #directory: string;

  constructor(data: string) {
    this.#directory = join(data, 'specifications');
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
  }

  names(): readonly string[] {
    return readdirSync(this.#directory).filter((name) => this.read(name) !== undefined);
  }

  /** The file of a specification, absolute: runs are known by it. */
  fileOf(name: string): string {
    return join(this.#directory, name, 'build.yaml');
  }

  /** Whose file this is. */
  nameOf(file: string): string | undefined {
    const name = file.slice(this.#directory.length + 1).split('/')[0] ?? '';
    return isSpecificationName(name) && this.fileOf(name) === file ? name : undefined;
  }

  /** Undefined where nobody has pushed one of that name. */
  read(name: string): string | undefined {
    if (!isSpecificationName(name)) return undefined;
    try {
      return readFileSync(this.fileOf(name), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** On the disk when this returns, whole: what was answered to whoever pushed it is true after a power cut too. */
  write(name: string, text: string): void {
    const file = this.fileOf(name);
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const beside = `${file}.new`;
    const descriptor = openSync(beside, 'w', 0o600);
    try {
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length;) at += writeSync(descriptor, bytes, at);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(beside, file);
    for (const directory of [dirname(file), this.#directory]) flushDirectory(directory);
  }
}

/** A name that is safe as a directory and in an address. */
export function isSpecificationName(name: string): boolean {
  return /^[a-z0-9][a-z0-9._-]{0,63}$/.test(name);
}

function flushDirectory(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
