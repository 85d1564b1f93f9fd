import { randomBytes } from 'node:crypto';
import { closeSync, fstatSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { ContractorError } from '../../errors.ts';

/** Long enough that nobody guesses it, of what an address and a header can hold as it is. */
const TOKEN = /^[A-Za-z0-9_-]{32,200}$/;

/** A token that nobody guesses. */
export const newToken = (): string => randomBytes(24).toString('base64url');

/**
 * The token in a file, which is made when it is not there: for whoever has to know it beforehand, as Prometheus does.
 *
 * Its group may read it, as Prometheus may run as another user. What somebody else has laid there is not taken: who chose the token has it.
 *
 * @throws USAGE when the file cannot be used, belongs to another user than this one or root, or everybody may read it
 */
export function tokenOfFile(path: string): string {
  try {
    writeFileSync(path, `${newToken()}\n`, { flag: 'wx', mode: 0o600 });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw unusable(path, (cause as Error).message, { cause });
  }
  const { text, mode, uid } = readPrivately(path);
  if (uid !== 0 && uid !== process.getuid?.())
    throw unusable(path, `it belongs to another user (${uid}), who knows what is in it`);
  if ((mode & 0o007) !== 0)
    throw unusable(path, 'everybody on this machine may read or write it', { mend: `Run \`chmod o= ${path}\`.` });
  const token = text.trim();
  if (TOKEN.test(token)) return token;
  throw unusable(path, 'it does not hold one word of 32 or more letters, digits, `-` and `_`');
}

/** The contents, the mode and the owner of one and the same file. */
function readPrivately(path: string): { text: string; mode: number; uid: number } {
  try {
    const file = openSync(path, 'r');
    try {
      const { mode, uid } = fstatSync(file);
      return { text: readFileSync(file, 'utf8'), mode, uid };
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    throw unusable(path, (cause as Error).message, { cause });
  }
}

function unusable(
  path: string,
  why: string,
  { mend = 'Name another file; one that is not there is made.', cause }: { mend?: string; cause?: unknown } = {},
): ContractorError {
  return new ContractorError('USAGE', `The token file ${path} cannot be used: ${why}.`, mend, { cause });
}
