import { readFileSync } from 'node:fs';
import type { IdMap } from '../sandbox/id-map.ts';
import { findControlGroups } from '../sandbox/limits/control-groups.ts';
import type { ControlGroups } from '../sandbox/limits/control-groups.ts';
import type { Store } from '../store/open-store.ts';

/**
 * What steps are held to their limits by on this host: probed once for each boot, and for each place that this
 * process may have been started in, as a session can use other control groups than a service.
 */
export async function hostGroups(
  store: Store,
  { bootId, idMap }: { readonly bootId: string; readonly idMap: IdMap },
): Promise<ControlGroups> {
  const place = [bootId, process.getuid?.(), readFileSync('/proc/self/cgroup', 'utf8')].join(' ');
  const known = store.getMeta('controlGroups') as
    { readonly place: string; readonly groups: ControlGroups } | undefined;
  if (known?.place === place) return known.groups;
  const groups = await findControlGroups(idMap);
  store.transaction(() => store.setMeta('controlGroups', { place, groups }));
  return groups;
}
