import { missingText } from '../../index.ts';
import type { BuildEvent } from '../../index.ts';
import { timeText } from '../text/time-text.ts';
import type { Row } from '../text/row.ts';

type RunStarted = Extract<BuildEvent, { type: 'run-started' }>;

/** What a person should know of where a run begins: what it goes on with, and whether the file is still the same. */
export function beginningRows(
  {
    run,
    specName,
    continues,
    specFile,
    resumed,
    unenforced = [],
    elsewhere = [],
    allowedSources = [],
    trusted = [],
    unsigned = [],
  }: RunStarted,
  command: string,
): readonly Row[] {
  const rows: string[] = [];
  if (continues !== undefined) {
    rows.push(`Goes on with run ${continues.run}, which did not come to its end: what is unchanged is kept.`);
    for (const { project, step } of continues.gone) {
      rows.push(`${project}/${step} was finished and is dropped: the specification no longer has it.`);
    }
  }
  if (specFile !== undefined) {
    const how = specFile === 'changed' ? 'has changed since this run began' : 'is not there any more';
    rows.push(`${specName} ${how}: run ${run} goes on with the specification that it began with.`);
    if (specFile === 'changed') rows.push(`To build the new one, and keep what is unchanged: ${command} build`);
  }
  if (unenforced.length > 0) {
    const names = unenforced.map(({ limit }) => `\`${limit}\``).join(', ');
    rows.push(`This host only watches the limits ${names}. What would enforce them: ${command} doctor`);
  }
  const askedFor = Map.groupBy(
    elsewhere.flatMap(({ project, missing }) => missing.map((one) => ({ project, trait: missingText(one) }))),
    ({ trait }) => trait,
  );
  for (const [trait, [first, ...others]] of askedFor) {
    const more = others.length === 0 ? 'is' : `and ${others.length} more are`;
    rows.push(
      `${first?.project} ${more} to run on a host with ${trait}, which this one does not have: built here all the same.`,
    );
  }
  for (const { project, step, source } of unsigned) {
    rows.push(`${project}/${step} installs from ${source} WITHOUT A SIGNATURE: the specification says to trust it.`);
  }
  // A build has said it already, whatever else is shown.
  if (resumed && allowedSources.length > 0) {
    rows.push(`Steps may copy from ${allowedSources.join(', ')} too: --allow-source has said so for this run.`);
  }
  for (const { question, answer, askedAt } of trusted) {
    const [, said = ''] = answer.split(' ', 2);
    rows.push(`Offline: ${question} is taken to be ${said.slice(0, 12)}, as it was ${timeText(askedAt)}.`);
  }
  return rows.map((text) => ({ left: [['warning', text]] }));
}
