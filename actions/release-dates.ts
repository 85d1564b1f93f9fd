import { FETCHED } from './debootstrap-argv.ts';
import { listName } from './resolved-sources.ts';
import { repositoryText } from './repositories.ts';
import type { Source } from './repositories.ts';

/** Where the program below finds, a line each: the list of a repository, the date that it had before, its name. */
export const RELEASE_DATES_FILE = '/run/contractor/release-dates';

/** That program. */
export const CHECK_RELEASES = '/run/contractor/check-releases';

/** What stands before what it says. */
const OLDER = 'older-release: ';

/** Fails where a list that was just fetched is older than one that was taken before: an old one is validly signed, too. */
export const CHECK_RELEASES_PROGRAM: string = `#!/bin/sh
set -eu
cd ${FETCHED}/var/lib/apt/lists
while read -r list least name; do
  [ -e "$list" ] || continue
  date=$(sed -n 's/^Date: *//p' "$list" | head -n 1)
  if [ "$(date -d "$date" +%s)" -lt "$least" ]; then
    echo "${OLDER}$name: $date: $(date -u -d "@$least")" >&2
    exit 1
  fi
done <${RELEASE_DATES_FILE}
`;

/** By what a repository is remembered. */
export function releaseKey({ url, suite }: Pick<Source, 'url' | 'suite'>): string {
  return `${url} ${suite}`;
}

/** The lines for {@link RELEASE_DATES_FILE}; empty when nothing is remembered of the repositories. */
export function releaseDatesText(repositories: readonly Source[], before: (key: string) => number | undefined): string {
  return repositories
    .flatMap((each) => {
      const least = each['allow-older'] === true ? undefined : before(releaseKey(each));
      return least === undefined ? [] : [`${listName(each)} ${least} ${repositoryText(each)}\n`];
    })
    .join('');
}

/** What the program has said, as a refusal of the step. */
export function olderRelease(log: string): { code: string; message: string; mend: string } | undefined {
  const [, name, now, before] = new RegExp(`^${OLDER}(.*?): (\\w.*): (\\w.*)$`, 'm').exec(log) ?? [];
  if (name === undefined) return undefined;
  return {
    code: 'REPOSITORY_REFUSED',
    message: `The repository \`${name}\` offers a list of packages of ${now}, and has offered one of ${before} before: it was set back, or somebody hands out an old one.`,
    mend: 'Ask those who run it. If they have set it back, say `allow-older: true`.',
  };
}
