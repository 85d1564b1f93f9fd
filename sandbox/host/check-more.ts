import { clock } from './clock.ts';
import { disk } from './disk.ts';
import type { HostFinding } from './host-finding.ts';
import { keyrings } from './keyrings.ts';
import { landlock } from './landlock.ts';
import { userNamespaces } from './user-namespaces.ts';

/** What only `doctor` asks, as it says why a build cannot run or may fail, and no build waits for it. */
export async function checkMore({
  directory,
  now,
}: {
  /** Of the store. */
  readonly directory: string;
  readonly now: number;
}): Promise<HostFinding[]> {
  const [namespaces, ofLandlock] = await Promise.all([userNamespaces(), landlock()]);
  return [...namespaces, ofLandlock, keyrings(), disk(directory), clock(now)];
}
