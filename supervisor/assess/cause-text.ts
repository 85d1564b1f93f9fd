import type { PackageChange } from '../compare-packages.ts';
import type { ArtifactState, Cause, ParameterChange } from './cause.ts';

/** More names than these on one line tell a person nothing. */
const MOST_NAMES = 4;

/** Pure: a cause in words that complete "is built again: …". */
export function causeText(cause: Cause): string {
  switch (cause.type) {
    case 'first-time':
      return 'it was not built before';
    case 'action-changed':
      return `it was a \`${cause.before}\` step`;
    case 'parameters-changed':
      return cause.changes.map(parameterText).join('; ');
    case 'artifact-changed':
      return `\`${cause.artifact}\` changed: ${artifactText(cause)}`;
    case 'artifact-missing':
      return `the artifact \`${cause.artifact}\` is not there`;
    case 'outside-changed':
      return outsideText(cause);
    case 'outside-unknown':
      return 'what it reads outside could not be asked for';
    case 'step-before':
      return 'a step before it is another';
    case 'contractor-changed':
      return 'this version of contractor isolates steps in another way';
    case 'made-by-hand':
      return 'it was made by hand';
    case 'never-cached':
      return 'it says `cache: never`';
    case 'asked':
      return askedText(cause.by);
    case 'result-gone':
      return `${cause.what} is gone`;
    case 'failed-before':
      return `it failed in run ${cause.run}`;
  }
}

function askedText(by: Extract<Cause, { type: 'asked' }>['by']): string {
  switch (by) {
    case 'break':
      return 'a break was asked for';
    case 'verify':
      return 'it is verified, which builds it anew';
    case 'no-cache':
    case 'rebuild':
      return `\`--${by}\` was given`;
  }
}

function parameterText({ parameter, added = [], removed = [], ...values }: ParameterChange): string {
  const name = `its \`${parameter}\``;
  const parts = [
    ...(added.length === 0 ? [] : [`gained ${names(added)}`]),
    ...(removed.length === 0 ? [] : [`lost ${names(removed)}`]),
  ];
  if (parts.length > 0) return `${name} ${parts.join(' and ')}`;
  const [before, now] = [shortValue(values.before), shortValue(values.now)];
  return before === undefined || now === undefined ? `${name} changed` : `${name} changed from ${before} to ${now}`;
}

/** What fits into a line; a script does not. */
function shortValue(value: unknown): string | undefined {
  if (typeof value === 'object') return undefined;
  const text = value === undefined ? '' : String(value as string | number | boolean);
  return text !== '' && text.length <= 40 && !/[\s`]/.test(text) ? `\`${text}\`` : undefined;
}

function artifactText({
  before,
  now,
  packages,
}: {
  readonly before: ArtifactState;
  readonly now: ArtifactState;
  readonly packages?: readonly PackageChange[];
}): string {
  const told = packages === undefined ? '' : packagesText(packages);
  if (told !== '') return told;
  const name = ({ version, digest }: ArtifactState): string =>
    version === undefined ? digest.slice(0, 12) : `version ${version}`;
  return before.version === now.version
    ? `${before.digest.slice(0, 12)} → ${now.digest.slice(0, 12)}`
    : `${name(before)} → ${name(now)}`;
}

/** `3 packages upgraded (libc6 2.41-1 → 2.41-2, …), 1 package added (hello)`; empty where all are the same. */
function packagesText(packages: readonly PackageChange[]): string {
  const byType = Map.groupBy(packages, ({ type }) => type);
  return (['upgraded', 'downgraded', 'rebuilt', 'added', 'removed'] as const)
    .flatMap((type) => {
      const list = byType.get(type) ?? [];
      if (list.length === 0) return [];
      const shown = list.map(({ name, before, after }) =>
        before === undefined || after === undefined || before === after ? name : `${name} ${before} → ${after}`,
      );
      return [`${list.length} ${list.length === 1 ? 'package' : 'packages'} ${type} (${cut(shown)})`];
    })
    .join(', ');
}

function outsideText({ before, now }: { readonly before: string; readonly now: string }): string {
  const [kind = '', is = ''] = now.split(' ', 2);
  const was = before.split(' ', 2)[1] ?? '';
  switch (kind) {
    case 'commit':
      return `the commit behind its \`ref\` changed: ${was.slice(0, 12)} → ${is.slice(0, 12)}`;
    case 'lists':
      return 'the package lists of its mirror changed';
    default:
      return 'the files that it copies changed';
  }
}

function names(list: readonly string[]): string {
  return cut(list.map((each) => `\`${each}\``));
}

function cut(list: readonly string[]): string {
  return list.length <= MOST_NAMES ? list.join(', ') : `${list.slice(0, MOST_NAMES).join(', ')}, …`;
}
