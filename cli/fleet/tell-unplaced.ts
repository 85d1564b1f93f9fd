import type { Fleet } from '../../fleet/open-fleet.ts';
import type { Face } from '../progress/face.ts';

const LOOK_MS = 5000;

/** Says at once, and whenever it changes, what waits although no worker that lives may take it. */
export function tellUnplaced(
  run: string,
  { fleet, face }: { readonly fleet: Fleet; readonly face: Face },
): () => Promise<void> {
  let said = '';
  let isOver = false;
  const look = async (): Promise<void> => {
    const { unplacedOfRun } = await import('../../fleet/placement/unplaced.ts');
    // A database that is away is told of by who follows the events.
    const rows = await unplacedOfRun(fleet.database, run).catch(() => undefined);
    if (rows === undefined || isOver || rows.join('\n') === said) return;
    said = rows.join('\n');
    for (const row of rows) face.notice(row);
  };
  let looking: Promise<void> | undefined;
  const begin = (): void => {
    looking ??= look().finally(() => (looking = undefined));
  };
  begin();
  const timer = setInterval(begin, LOOK_MS);
  return async () => {
    isOver = true;
    clearInterval(timer);
    await looking;
  };
}
