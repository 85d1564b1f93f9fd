import type { GcReport, WholeGcPolicy } from '../../index.ts';
import { countText } from '../text/count-text.ts';
import { durationText } from '../text/duration-text.ts';
import type { Row } from '../text/row.ts';
import { sizeText } from '../text/size-text.ts';

/** Lists longer than this are cut short. */
const MOST_NAMES = 10;

/** What was removed, or would be, for people. */
export function gcRows(report: GcReport): readonly Row[] {
  const { runs, artifacts, isDryRun, sizeBytes, policy } = report;
  const names = artifacts.map(({ name, version }) => `${name}@${version}`);
  return [
    ...(runs.length === 0 ? [] : [listRow('runs', runs)]),
    ...(names.length === 0 ? [] : [listRow('artifacts', names)]),
    { left: [['plain', summaryText(report)]] },
    ...(sizeBytes === undefined || policy.maxSizeBytes === undefined
      ? []
      : [sizeRow({ sizeBytes, isDryRun }, policy.maxSizeBytes)]),
  ];
}

/** What an automatic removal has freed, for the end of a build; nothing when it was nothing. */
export function collectedText(report: GcReport): string | undefined {
  const nothing = report.freedBytes === 0 && report.runs.length === 0 && report.artifacts.length === 0;
  return nothing ? undefined : `The store was made smaller, by its policy. ${summaryText(report)}`;
}

/** `Freed 1.2 GB: 12 runs, 340 steps, 3 artifact versions, 300 layers, 1204 files that nothing used.` */
function summaryText({
  isDryRun,
  freedBytes,
  runs,
  attempts,
  artifacts,
  layers,
  objects,
  leftovers,
  cached,
}: GcReport): string {
  const parts = [
    [runs.length, 'run'],
    [attempts, 'step'],
    [artifacts.length, 'artifact version'],
    [layers, 'layer'],
    [objects, 'unused file'],
    [leftovers, 'leftover of killed processes'],
    [cached, 'stale answer or hash'],
  ] as const;
  const told = parts.flatMap(([count, what]) =>
    count === 0 ? [] : [count === 1 ? `1 ${what}` : `${count} ${plural(what)}`],
  );
  if (told.length === 0 && freedBytes === 0) return isDryRun ? 'Nothing would go.' : 'Nothing had to go.';
  const verb = isDryRun ? 'Would free about' : 'Freed';
  return `${verb} ${sizeText(freedBytes)}${told.length === 0 ? '' : `: ${told.join(', ')}`}.`;
}

function plural(what: string): string {
  if (what.startsWith('stale')) return 'stale answers and hashes';
  return what.startsWith('leftover') ? what.replace('leftover', 'leftovers') : `${what}s`;
}

function sizeRow(
  { sizeBytes, isDryRun }: Pick<GcReport, 'isDryRun'> & { readonly sizeBytes: number },
  maxSizeBytes: number,
): Row {
  const now = `The store takes ${sizeText(sizeBytes)}${isDryRun ? ' now' : ''}, and may take ${sizeText(maxSizeBytes)}.`;
  if (isDryRun || sizeBytes <= maxSizeBytes) return { left: [['plain', now]] };
  return { left: [['warning', `${now} What is left is needed, kept, or the newest version of an artifact.`]] };
}

function listRow(what: string, names: readonly string[]): Row {
  const more = names.length > MOST_NAMES ? `, and ${names.length - MOST_NAMES} more` : '';
  return {
    left: [
      ['faint', `${what.padEnd(10)} `],
      ['plain', `${names.slice(0, MOST_NAMES).join(' ')}${more}`],
    ],
  };
}

/** `the newest 3 versions, all that is younger than 14 days, at most 20 GB`. */
export function policyText({ keepVersions, keepForMs, maxSizeBytes }: WholeGcPolicy): string {
  const days = keepForMs / 86_400_000;
  const age = Number.isInteger(days) ? countText(days, 'day') : durationText(keepForMs);
  const size = maxSizeBytes === undefined ? '' : `, at most ${sizeText(maxSizeBytes)}`;
  return `the newest ${countText(keepVersions, 'version')} of each artifact stay, and all that is younger than ${age}${size}`;
}
