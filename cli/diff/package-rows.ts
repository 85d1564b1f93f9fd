import type { PackageChange } from '../../index.ts';
import { countText } from '../text/count-text.ts';
import type { Glyphs } from '../text/glyphs.ts';
import type { Tone } from '../text/paint.ts';
import type { Row } from '../text/row.ts';
import { tableRows } from '../text/table-rows.ts';

/**
 * What became of the packages of a system tree, above what became of its files:
 *
 *     2 packages upgraded, 1 added
 *     upgraded  libc6  2.41-1 → 2.41-2
 */
export function packageRows(packages: readonly PackageChange[], { next }: Glyphs): readonly Row[] {
  if (packages.length === 0) return [];
  const count = (type: PackageChange['type']): number => packages.filter((each) => each.type === type).length;
  const said = KINDS.flatMap((type) => (count(type) === 0 ? [] : [{ type, count: count(type) }]));
  const sum = said.map(({ type, count: n }, index) => `${index === 0 ? countText(n, 'package') : n} ${type}`);
  const [, ...table] = tableRows(
    ['', '', ''],
    KINDS.flatMap((type) => packages.filter((each) => each.type === type)).map(
      ({ type, name, before, after, architecture }) => [
        [TONES[type], type],
        ['plain', `${name}:${architecture}`],
        [
          'plain',
          type === 'rebuilt' ? (after ?? '') : [before, after].filter((each) => each !== undefined).join(` ${next} `),
        ],
      ],
    ),
  );
  return [{ left: [['strong', sum.join(', ')]] }, ...table, { left: [] }];
}

/** In the order in which they are told. */
const KINDS = ['upgraded', 'downgraded', 'rebuilt', 'added', 'removed'] as const;

const TONES: Readonly<Record<PackageChange['type'], Tone>> = {
  upgraded: 'good',
  downgraded: 'warning',
  rebuilt: 'warning',
  added: 'good',
  removed: 'bad',
};
