import type { HostFinding, StoreFinding } from '../../index.ts';
import { countText } from '../text/count-text.ts';
import { displayWidth } from '../text/display-width.ts';
import type { Glyphs } from '../text/glyphs.ts';
import type { Tone } from '../text/paint.ts';
import { padded, type Row } from '../text/row.ts';

/** What was found of the host, and whether builds can run on it. */
export function findingRows(findings: readonly HostFinding[], glyphs: Glyphs): readonly Row[] {
  const missing = findings.filter(({ state }) => state === 'missing').length;
  return [
    ...rowsOf(findings, glyphs),
    {
      left: [
        missing === 0
          ? ['good', 'Builds can run on this host.']
          : ['bad', `Builds cannot run on this host: ${countText(missing, 'thing')} missing.`],
      ],
    },
  ];
}

/** What was found of the store, and whether it is sound. */
export function storeFindingRows(findings: readonly StoreFinding[], glyphs: Glyphs): readonly Row[] {
  const count = (state: StoreFinding['state']): number => findings.filter((each) => each.state === state).length;
  const [damaged, mended] = [count('damaged'), count('mended')];
  const verdict: readonly [Tone, string] =
    damaged > 0
      ? ['bad', `The store is damaged in ${countText(damaged, 'place')}.`]
      : mended > 0
        ? ['warning', `The store is sound again: ${countText(mended, 'thing')} forgotten, to be built anew.`]
        : ['good', 'The store is sound.'];
  return [...rowsOf(findings, glyphs), { left: [verdict] }];
}

type Finding = Omit<HostFinding, 'state'> & { readonly state: HostFinding['state'] | StoreFinding['state'] };

/** Under what is not well comes what follows from it and what mends it. */
function rowsOf(findings: readonly Finding[], glyphs: Glyphs): readonly Row[] {
  const width = Math.max(...findings.map(({ name }) => displayWidth(name)));
  const signs: Readonly<Record<Finding['state'], readonly [Tone, string]>> = {
    ok: ['good', glyphs.built],
    missing: ['bad', glyphs.failed],
    damaged: ['bad', glyphs.failed],
    optional: ['warning', glyphs.skipped],
    mended: ['warning', glyphs.skipped],
  };
  return findings.flatMap(({ name, state, found, consequence, mend }): Row[] => {
    const [tone, sign] = signs[state];
    const first: Row = {
      left: [
        [tone, `${sign} `],
        ['strong', `${padded(name, width)}  `],
        ['plain', found],
      ],
    };
    const indent = ' '.repeat(width + 4);
    const more = [
      ...(consequence === undefined ? [] : [consequence]),
      ...(mend
        ?.split('\n')
        .map((line, index) => `${index === 0 ? glyphs.next : ' '.repeat(glyphs.next.length)} ${line}`) ?? []),
    ];
    return [first, ...more.map((text): Row => ({ left: [['plain', `${indent}${text}`]] }))];
  });
}
