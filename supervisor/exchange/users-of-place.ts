import { ContractorError } from '../../errors.ts';
import type { Place, PlaceObject } from '../../exchange/place.ts';
import type { PlaceUser, PrunePlaceOptions } from './exchange.ts';

const MAX_NAME_BYTES = 1024;
const ID = /^[0-9a-f]{32}$/;

/** What those need who use a place. */
export interface NeedsOfUsers {
  /** `name/digest` each. */
  readonly artifacts: ReadonlySet<string>;
  /** What was pushed later may be needed too; by the clock of the place. */
  readonly since: number;
}

/** Notes at a place that somebody uses it who alone knows which artifacts there are needed. */
export async function notePlaceUser(place: Place, { id, name }: Pick<PlaceUser, 'id' | 'name'>): Promise<void> {
  if (!ID.test(id)) throw new ContractorError('USAGE', 'The id of a user of a place is 32 hex digits.', 'Correct it.');
  await place.put(keyOf(id), Buffer.from(name.slice(0, MAX_NAME_BYTES / 4)));
}

/**
 * What all who use the place need, where artifacts are to be forgotten.
 *
 * @throws USAGE when one of them cannot be asked
 */
export async function needsOfUsers(
  place: Place,
  { keepForMs, users = [], signal }: PrunePlaceOptions,
  { now, graceMs }: { readonly now: number; readonly graceMs: number },
): Promise<NeedsOfUsers> {
  if (keepForMs === undefined) return { artifacts: new Set(), since: Infinity };
  const asking = signal === undefined ? {} : { signal };
  const known = new Set(users.map(({ id }) => keyOf(id)));
  for await (const { key } of place.list('users/', asking)) {
    if (known.has(key)) continue;
    const said = await place.get(key, { maxBytes: MAX_NAME_BYTES, ...asking }).catch(() => undefined);
    throw new ContractorError(
      'USAGE',
      `Runs that have not ended may need what is old at ${place.shown}: it is used by ${nameIn(said)}, which was not asked.`,
      `Say \`--database\` with its address; or leave \`--keep-for\` out. When there is none such any more, remove \`${key}\` from the place.`,
    );
  }
  const all = await Promise.all(users.map(async ({ needs }) => await needs()));
  return {
    artifacts: new Set(all.flatMap(({ artifacts }) => artifacts.map(({ name, digest }) => `${name}/${digest}`))),
    // A grace earlier: the clocks of hosts differ, and what a run takes was pushed before it began.
    since: Math.min(...all.map(({ oldestMs }) => (oldestMs === undefined ? Infinity : now - oldestMs - graceMs))),
  };
}

/** Whether a bill was written when something that still goes on had begun. */
export function bornSince({ modifiedAt }: PlaceObject, { since }: NeedsOfUsers): boolean {
  return modifiedAt >= since;
}

function keyOf(id: string): string {
  return `users/${id}`;
}

/** The place is not believed to have nothing but letters there. */
function nameIn(bytes: Buffer | undefined): string {
  const name = bytes?.toString().replaceAll(/[^\x21-\x7e]/g, '?') ?? '';
  return name === '' ? 'somebody' : `\`${name}\``;
}
