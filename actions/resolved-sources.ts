import type { ResolvedInput } from './action.ts';
import { DATED, RESOLVED } from './debootstrap-argv.ts';
import type { Bootstrap } from './debootstrap-argv.ts';
import { withoutCredentials } from './without-credentials.ts';

/**
 * The digests of the signed lists that a tree was made of, as mmdebstrap's last hook has told them: what scripts of
 * packages have written stands before. debootstrap tells none. A repository without a signature has none either, and
 * is told all the same.
 */
export function resolvedSources(
  log: string,
  { suite, mirror, components, packages, variant, repositories }: Bootstrap,
): ResolvedInput[] {
  const uri = mirror === undefined ? `deb:${suite}` : `deb:${withoutCredentials(mirror.url)}`;
  const annotations = { suite, variant, components: components.join(' '), packages: packages.join(' ') };
  const told = log.slice(log.lastIndexOf('I: running --customize-hook'));
  const lists = [...told.matchAll(new RegExp(`^${RESOLVED}([0-9a-f]{64})  (\\S+)$`, 'gm'))].map(
    ([, sha256 = '', file = '']) => ({ sha256, file }),
  );
  const ofOthers = new Set(repositories.map(listName));
  const ofMirror = lists.filter(({ file }) => !ofOthers.has(file));
  return [
    ...(ofMirror.length === 0 ? [{ uri, annotations }] : []),
    ...ofMirror.map(({ sha256, file }) => ({
      uri,
      digest: { sha256 },
      annotations: { of: `InRelease ${file}`, ...annotations },
    })),
    ...repositories.map((repository) => {
      const list = lists.find(({ file }) => file === listName(repository));
      const { url, suite: release, components: sections = ['main'], publicKey } = repository;
      return {
        uri: `deb:${url}`,
        ...(list === undefined ? {} : { digest: { sha256: list.sha256 } }),
        annotations: {
          ...(list === undefined ? {} : { of: `InRelease ${list.file}` }),
          suite: release,
          ...(release.endsWith('/') ? {} : { components: sections.join(' ') }),
          ...(publicKey === undefined ? { trusted: 'without a signature' } : { key: publicKey.fingerprint }),
        },
      };
    }),
  ];
}

/** What apt calls the signed list of a release: its address, some characters of it quoted, and each `/` as `_`. */
export function listName({ url, suite }: Pick<Bootstrap['repositories'][number], 'url' | 'suite'>): string {
  const address = url.replace(/^https?:\/\//, '').replace(/\/+$/, '');
  const path = suite.endsWith('/') ? `${address}/${suite}` : `${address}/dists/${suite}/`;
  return `${path}InRelease`
    .replaceAll(/[\\|{}[\]<>"^~_=!@#$%&*]/g, (one) => `%${one.charCodeAt(0).toString(16).padStart(2, '0')}`)
    .replaceAll('/', '_');
}

/** When the lists of the repositories were made, in seconds since 1970, as the same hook has told it. */
export function releaseDates(
  log: string,
  { repositories }: Bootstrap,
): { readonly key: string; readonly date: number }[] {
  const told = log.slice(log.lastIndexOf('I: running --customize-hook'));
  const dates = new Map(
    [...told.matchAll(new RegExp(`^${DATED}(\\S+) (\\d+)$`, 'gm'))].map(([, list = '', date]) => [list, Number(date)]),
  );
  return repositories.flatMap(({ url, suite }) => {
    const date = dates.get(listName({ url, suite }));
    return date === undefined ? [] : [{ key: `${url} ${suite}`, date }];
  });
}
