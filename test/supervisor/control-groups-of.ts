import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ControlGroups } from '../../sandbox/limits/control-groups.ts';
import { openStore } from '../../store/open-store.ts';
import type { TestStore } from './test-store.ts';

/** The control groups of the host that the keepers of a run have. */
export function controlGroupsOf(run: string, { store }: TestStore, { places }: ControlGroups): string[] {
  const opened = openStore(store);
  try {
    const keepers = new Set(opened.listAttempts(run).map(({ keeper }) => keeper));
    return places.flatMap((place) =>
      readdirSync(place)
        .filter((name) => keepers.has(/^contractor-([^-]+)-/.exec(name)?.[1] ?? ''))
        .map((name) => join(place, name)),
    );
  } finally {
    opened.close();
  }
}
