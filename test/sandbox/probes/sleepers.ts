import { globSync, readFileSync } from 'node:fs';

/** The processes of the host that are `sleep MARK`, with the ids that the host knows them by. */
export function sleepers(mark: string): { readonly path: string; readonly uids: readonly number[] }[] {
  return globSync('/proc/[0-9]*').flatMap((path) => {
    try {
      if (readFileSync(`${path}/cmdline`, 'utf8') !== `sleep\0${mark}\0`) return [];
      const [, uids = ''] = /^Uid:\s*(.*)$/m.exec(readFileSync(`${path}/status`, 'utf8')) ?? [];
      return [{ path, uids: uids.split(/\s+/).map(Number) }];
    } catch {
      return [];
    }
  });
}

/** The parent of a process, its parent, and so on up to the first process of the host; of its directory in /proc. */
export function ancestors(path: string): number[] {
  const parent = Number(/^PPid:\s*(\d+)$/m.exec(readFileSync(`${path}/status`, 'utf8'))?.[1]);
  return parent === 0 ? [] : [parent, ...ancestors(`/proc/${parent}`)];
}
