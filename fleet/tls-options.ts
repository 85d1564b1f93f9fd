import { readFileSync } from 'node:fs';
import { checkServerIdentity } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';
import { ContractorError } from '../errors.ts';
import type { TlsDemand, TlsFile } from './connection.ts';

const MEANINGS = { sslrootcert: 'ca', sslcert: 'cert', sslkey: 'key' } as const;

/**
 * What Node's TLS is told of a connection. Its files are read again with each connection, as certificates are renewed while
 * a worker lives.
 *
 * @throws USAGE where a file cannot be read
 */
export function tlsOptions({ verify, host, files }: TlsDemand): ConnectionOptions {
  const options: ConnectionOptions = {
    rejectUnauthorized: verify !== 'none',
    // By the host that was asked for: of an address in numbers a driver may tell Node nothing.
    checkServerIdentity: (_, certificate) => (verify === 'host' ? checkServerIdentity(host, certificate) : undefined),
  };
  for (const [name, file] of Object.entries(files)) {
    const content = renewed(name as TlsFile, file);
    Object.defineProperty(options, MEANINGS[name as TlsFile], { get: content, enumerable: true, configurable: true });
  }
  return options;
}

/** The content of a file, now; while it cannot be read, what it was before. */
function renewed(name: TlsFile, file: string): () => string {
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new ContractorError(
      'USAGE',
      `The file of \`${name}\` cannot be read: ${(cause as Error).message}.`,
      'Name a file that this user may read.',
      { cause },
    );
  }
  return () => {
    try {
      content = readFileSync(file, 'utf8');
    } catch {
      // It is just being replaced.
    }
    return content;
  };
}
