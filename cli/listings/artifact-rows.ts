import type { ArtifactShelf, ArtifactVersion, InstalledPackage, VerifiedProvenance } from '../../index.ts';
import { padded, type Row } from '../text/row.ts';
import { sizeText } from '../text/size-text.ts';
import { tableRows } from '../text/table-rows.ts';
import { timeText } from '../text/time-text.ts';

/** Artifacts for people, one version a line. */
export function artifactRows(versions: readonly ArtifactVersion[]): readonly Row[] {
  if (versions.length === 0) return [{ left: [['plain', 'No artifacts yet.']] }];
  return tableRows(
    ['ARTIFACT', 'FILES', 'SIZE', 'MADE', 'BY'],
    versions.map((one) => [
      `${one.name}@${one.version}`,
      String(one.files),
      sizeText(one.sizeBytes),
      timeText(one.createdAt),
      `${makerText(one)}${one.isKept === true ? ', kept' : ''}`,
    ]),
  );
}

/** All there is to know of one version. */
export function detailRows(shown: ReturnType<ArtifactShelf['show']>): readonly Row[] {
  const fields = [
    ['artifact', `${shown.name}@${shown.version}`],
    ['digest', shown.digest],
    ['size', `${sizeText(shown.sizeBytes)} in ${shown.files} files, ${shown.entries} entries`],
    ['made', `${timeText(shown.createdAt)}, ${makerText(shown)}`],
    ['tree', shown.treePath],
    ['versions', shown.versions.join(' ')],
    ...(shown.packages === undefined ? [] : [['packages', String(shown.packages.length)] as const]),
    ...(shown.isKept === true ? [['kept', 'until it is released'] as const] : []),
  ] as const;
  return [
    ...fields.map(([name, value]): Row => ({
      left: [
        ['faint', padded(name, 10)],
        ['plain', value],
      ],
    })),
    ...packageRows(shown.packages ?? []),
  ];
}

function packageRows(packages: readonly InstalledPackage[]): readonly Row[] {
  if (packages.length === 0) return [];
  return [
    { left: [] },
    ...tableRows(
      ['PACKAGE', 'VERSION', 'ARCHITECTURE', 'FROM'],
      packages.map(({ name, version, architecture, origin = '' }) => [name, version, architecture, origin]),
    ),
  ];
}

/** What is said of a tree that is as it was made. */
export function verifiedRows(reference: string, { state, problems }: VerifiedProvenance): readonly Row[] {
  const tree: Row = { left: [['good', `${reference} is as it was made`]] };
  switch (state) {
    case 'intact':
      return [tree, { left: [['good', 'and so is the record of how it came about']] }];
    case 'none':
      return [
        tree,
        { left: [['faint', 'how it came about is not recorded: it was imported, or an older contractor made it']] },
      ];
    case 'damaged':
      return [
        tree,
        ...problems.map((problem): Row => ({ left: [['plain', problem]] })),
        { left: [['bad', 'The record of how it came about is damaged; do not believe it.']] },
      ];
  }
}

function makerText({ madeBy }: ArtifactVersion): string {
  return madeBy === undefined ? 'imported' : `${madeBy.run}:${madeBy.project}:${madeBy.step}`;
}
