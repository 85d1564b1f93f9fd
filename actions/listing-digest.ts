import { createHash } from 'node:crypto';
import { hostToolOutput } from '../sandbox/host-tool.ts';

/**
 * A digest of what tar would pack: names, types, modes, owners, sizes and times,
 * to the nanosecond, not contents. Undefined when tar cannot list it. GNU tar
 * reads no contents when it writes to /dev/null.
 */
export async function listingDigest(argv: readonly string[]): Promise<string | undefined> {
  const listing = await hostToolOutput('tar', ['--create', '--file=/dev/null', '-vv', '--full-time', ...argv]);
  return listing === '' ? undefined : createHash('sha256').update(listing).digest('hex');
}
