import { ContractorError, isLabel } from '../../index.ts';

/** What every worker has of its own, and nobody gives it. */
const OWN = /^(?:os|host)(?:=|$)/;

/** The labels in `a,b=c`. @throws USAGE */
export function workerLabels(text: string): readonly string[] {
  const labels = text.split(',').map((label) => label.trim());
  for (const label of labels) {
    if (isLabel(label) && !OWN.test(label)) continue;
    throw new ContractorError(
      'USAGE',
      OWN.test(label)
        ? `\`${label}\` is no label to give: each worker has \`os=…\` and \`host=…\` by itself.`
        : `\`${label}\` is no label.`,
      'Write labels as `gpu,zone=eu`. The architecture and the memory a worker tells by itself.',
    );
  }
  return [...new Set(labels)];
}
