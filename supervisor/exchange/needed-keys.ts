import { ContractorError } from '../../errors.ts';
import type { Place } from '../../exchange/place.ts';
import { checkedManifest } from '../../store/trees/checked-manifest.ts';
import { parcelsOf } from '../../store/trees/parcels.ts';
import { damaged, getHashed, KEYS, readBill } from './at-place.ts';

const MAX_BILL_BYTES = 64 * 1024;

/** The keys at a place that the artifacts need that were added. */
export class NeededKeys {
  readonly #keys = new Set<string>();
  readonly #digests = new Set<string>();
  readonly #place: Place;
  readonly #asking: { readonly signal?: AbortSignal };

  constructor(place: Place, asking: { readonly signal?: AbortSignal }) {
    this.#place = place;
    this.#asking = asking;
  }

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  /**
   * Adds what the artifact needs that a bill, or what is written like one, is of. Of each digest the manifest is read once, as it
   * cannot be another.
   *
   * @throws PLACE_DAMAGED when it cannot be told; PLACE_UNUSABLE when it can be told later
   */
  async add(key: string, { mayBeGone = false }: { readonly mayBeGone?: boolean } = {}): Promise<void> {
    const { name, digest } = artifactOf(key);
    const got = async (wanted: string): Promise<Buffer | undefined> =>
      await this.#place.get(wanted, { maxBytes: MAX_BILL_BYTES, ...this.#asking });
    // A push that has ended has written its bill before it took its mark away: maybe after bills were listed.
    const bytes = (await got(key)) ?? (key.startsWith('pushes/') ? await got(KEYS.bill(name, digest)) : undefined);
    if (bytes === undefined && mayBeGone) return;
    if (bytes === undefined) throw damaged(`\`${key}\` has gone from ${this.#place.shown} meanwhile.`);
    const bill = readBill(bytes, { name, digest });
    this.#keys.add(KEYS.details(digest, bill.details));
    if (bill.account !== undefined) this.#keys.add(KEYS.account(digest, bill.account));
    if (this.#digests.has(digest)) return;
    const manifest = await this.#manifestOf(key, digest);
    for (const parcel of parcelsOf(checkedManifest(manifest.toString('latin1'), digest))) this.#keys.add(parcel.key);
    this.#keys.add(KEYS.manifest(digest));
    this.#digests.add(digest);
  }

  async #manifestOf(key: string, digest: string): Promise<Buffer> {
    const place = this.#place;
    try {
      return await getHashed(place, { key: KEYS.manifest(digest), hash: digest, signal: this.#asking.signal });
    } catch (error) {
      // Its push lays it there anew, which it knows, and the prune cannot.
      if (!key.startsWith('pushes/') || (await place.look(KEYS.manifest(digest), this.#asking)) !== undefined)
        throw error;
      throw new ContractorError(
        'PLACE_UNUSABLE',
        `A push to ${place.shown} is at work of which it cannot be told yet what it relies on.`,
        'Prune again, a little later.',
        { cause: error },
      );
    }
  }
}

/** Of which artifact a bill, the mark of a push or a forgotten bill is: by its key. */
export function artifactOf(key: string): { readonly name: string; readonly digest: string } {
  const [, name = '', digest = ''] = key.split('/');
  return { name, digest };
}
