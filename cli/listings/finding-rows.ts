import type { HostFinding } from '../../index.ts';
import { countText } from '../text/count-text.ts';
import { displayWidth } from '../text/display-width.ts';
import type { Glyphs } from '../text/glyphs.ts';
import type { Tone } from '../text/paint.ts';
import { padded, type Row } from '../text/row.ts';

/** What was found of the host, and under what is not well what follows from it and what mends it. */
export function findingRows(findings: readonly HostFinding[], glyphs: Glyphs): readonly Row[] {
  const width = Math.max(...findings.map(({ name }) => displayWidth(name)));
  const missing = findings.filter(({ state }) => state === 'missing').length;
  const signs: Readonly<Record<HostFinding['state'], readonly [Tone, string]>> = {
    ok: ['good', glyphs.built],
    missing: ['bad', glyphs.failed],
    optional: ['warning', glyphs.skipped],
  };
  return [
    ...findings.flatMap(({ name, state, found, consequence, mend }): Row[] => {
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
    }),
    {
      left: [
        missing === 0
          ? ['good', 'Builds can run on this host.']
          : ['bad', `Builds cannot run on this host: ${countText(missing, 'thing')} missing.`],
      ],
    },
  ];
}
