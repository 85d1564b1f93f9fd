import { readFileSync } from 'node:fs';
import { ContractorError } from '../errors.ts';
import type { IdMap } from '../sandbox/id-map.ts';
import { findControlGroups, NO_CONTROL_GROUPS } from '../sandbox/limits/control-groups.ts';
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
  const place = placeOf(bootId);
  const known = knownGroups(store, place);
  if (known !== undefined) return known;
  const groups = await findControlGroups(idMap);
  store.transaction(() => store.setMeta('controlGroups', { place, groups }));
  return groups;
}

/** The same for a look that changes nothing, also on a host that cannot build. */
export async function shownGroups(
  store: Store,
  { bootId, idMap }: { readonly bootId: string; readonly idMap: () => IdMap },
): Promise<ControlGroups> {
  const known = knownGroups(store, placeOf(bootId));
  if (known !== undefined) return known;
  try {
    return await findControlGroups(idMap());
  } catch (error) {
    if (!(error instanceof ContractorError)) throw error;
    return NO_CONTROL_GROUPS;
  }
}

function placeOf(bootId: string): string {
  return [bootId, process.getuid?.(), readFileSync('/proc/self/cgroup', 'utf8')].join(' ');
}

function knownGroups(store: Store, place: string): ControlGroups | undefined {
  const known = store.getMeta('controlGroups') as
    { readonly place: string; readonly groups: ControlGroups } | undefined;
  return known?.place === place ? known.groups : undefined;
}
