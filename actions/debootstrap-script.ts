import {
  ARTIFACT_SOURCES,
  ARTIFACT_SOURCES_TEXT,
  INDEX_PACKAGES,
  INDEX_PACKAGES_PROGRAM,
} from './artifact-packages.ts';
import { CUT_OFF, cutOffFile } from '../sandbox/cut-off.ts';
import type { KeeperJob } from '../sandbox/keeper-job.ts';
import {
  APT_LOGIN_FILE,
  APT_OPTIONS_FILE,
  BRING_FETCHED,
  debootstrapArgv,
  FETCHED,
  FETCHING_HOME,
  LOCK_PREFERENCES_FILE,
  MIRROR_KEY_FILE,
  mmdebstrapArgv,
  mmdebstrapFetchArgv,
  PREFERENCES_FILE,
  SOURCES_FILE,
} from './debootstrap-argv.ts';
import type { Bootstrap } from './debootstrap-argv.ts';
import { loginLine } from './mirror-login.ts';
import { CHECK_LOCK, CHECK_LOCK_PROGRAM, LOCK_FILE, lockPreferences, lockText } from './package-lock.ts';
import { FETCHED_URIS, NOTE_ORIGINS, NOTE_ORIGINS_PROGRAM, REPOSITORY_ADDRESSES } from './package-origins.ts';
import { CHECK_RELEASES, CHECK_RELEASES_PROGRAM, RELEASE_DATES_FILE } from './release-dates.ts';
import { withoutCredentials } from './without-credentials.ts';

/**
 * What a sandbox with network runs to make a system tree, in two halves:
 *
 *     with network              without
 *     lists, packages ────────► unpacked, installed: here the scripts of the packages run
 *
 * Nothing of a package runs in the first half, by what the tools promise: mmdebstrap only simulates, and
 * debootstrap `--foreign` only unpacks. The second half is cut off for good, the tool itself too.
 */
export function bootstrapScript(
  bootstrap: Bootstrap,
  tool: 'mmdebstrap' | 'debootstrap',
): Pick<KeeperJob, 'command' | 'files'> {
  const { sources, preferences, mirrorKey, artifacts, locked } = bootstrap;
  const secrets = secretsOf(bootstrap, tool);
  // The top of the tree is root's, as in any Debian system.
  const between = [
    `echo ${quoted([ALL_FETCHED])}`,
    ...(secrets.length === 0 ? [] : [`rm ${secrets.map(({ path }) => path).join(' ')}`]),
    `unset ${PROXY_NAMES.join(' ')}`,
  ];
  const halves =
    tool === 'mmdebstrap'
      ? [
          // Files of an artifact are read by who has no network.
          ...(artifacts.length === 0 ? [] : [quoted([CUT_OFF, INDEX_PACKAGES, ...artifacts])]),
          `PATH=${FETCH_PATH}:$PATH ${quoted(mmdebstrapFetchArgv(bootstrap))}`,
          ...between,
          `exec ${quoted([CUT_OFF, ...mmdebstrapArgv(bootstrap)])}`,
        ]
      : [
          TELL_WHY,
          `HOME=${FETCHING_HOME} ${quoted(debootstrapArgv(bootstrap))} || tell_why`,
          ...between,
          `${quoted([CUT_OFF, 'chroot', '/workspace', '/debootstrap/debootstrap', '--second-stage', '--verbose'])} || tell_why`,
        ];
  return {
    command: ['/bin/sh', '-eu', '-c', ['chown 0:0 /workspace', ...halves].join('\n')],
    files: [
      cutOffFile(),
      { path: `${FETCH_PATH}/apt-get`, content: FETCHING_APT_GET, mode: '0755' },
      { path: BRING_FETCHED, content: BRING, mode: '0755' },
      { path: NOTE_ORIGINS, content: NOTE_ORIGINS_PROGRAM, mode: '0755' },
      { path: REPOSITORY_ADDRESSES, content: addressesOf(bootstrap), mode: '0644' },
      ...(artifacts.length === 0
        ? []
        : [
            { path: INDEX_PACKAGES, content: INDEX_PACKAGES_PROGRAM, mode: '0755' },
            { path: ARTIFACT_SOURCES, content: ARTIFACT_SOURCES_TEXT, mode: '0644' },
          ]),
      ...secrets,
      ...(sources === '' ? [] : [{ path: SOURCES_FILE, content: sources, mode: '0644' }]),
      ...(preferences === '' ? [] : [{ path: PREFERENCES_FILE, content: preferences, mode: '0644' }]),
      ...(bootstrap.releaseDates === ''
        ? []
        : [
            { path: RELEASE_DATES_FILE, content: bootstrap.releaseDates, mode: '0644' },
            { path: CHECK_RELEASES, content: CHECK_RELEASES_PROGRAM, mode: '0755' },
          ]),
      ...(locked === undefined
        ? []
        : [
            { path: LOCK_FILE, content: lockText(locked), mode: '0644' },
            { path: LOCK_PREFERENCES_FILE, content: lockPreferences(locked), mode: '0644' },
            { path: CHECK_LOCK, content: CHECK_LOCK_PROGRAM, mode: '0755' },
          ]),
      ...(mirrorKey === undefined ? [] : [{ path: MIRROR_KEY_FILE, content: mirrorKey.packets, mode: '0644' }]),
    ],
  };
}

/** What may have a password in it: there while something is fetched, and gone before a script of a package runs. */
function secretsOf({ mirror, aptOptions }: Bootstrap, tool: 'mmdebstrap' | 'debootstrap'): KeeperJob['files'] {
  const { url, login } = mirror ?? {};
  const line = url === undefined || login === undefined ? undefined : loginLine(tool, { url, login });
  if (tool === 'debootstrap') {
    return line === undefined ? [] : [{ path: `${FETCHING_HOME}/.netrc`, content: line, mode: '0600', isOwn: true }];
  }
  const options = [...aptOptions, ...(line === undefined ? [] : [`Dir::Etc::netrc "${APT_LOGIN_FILE}"`])];
  return [
    ...(line === undefined ? [] : [{ path: APT_LOGIN_FILE, content: line, mode: '0600', isOwn: true as const }]),
    ...(options.length === 0
      ? []
      : [
          {
            path: APT_OPTIONS_FILE,
            content: options.map((each) => `${each};\n`).join(''),
            mode: '0644',
            isOwn: true as const,
          },
        ]),
  ];
}

function addressesOf({ mirror, repositories }: Bootstrap): string {
  const all = [...(mirror === undefined ? [] : [mirror.url]), ...repositories.map(({ url }) => url)];
  return all.map((url) => `${withoutCredentials(url).replace(/\/+$/, '')}\n`).join('');
}

/** How a user's environment says by what mirrors are reached. A proxy may have a password in its address. */
export const PROXY_NAMES: readonly string[] = [
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
];

/** The line between the halves. */
export const ALL_FETCHED = 'I: all packages are here; the network is cut off';

const FETCH_PATH = '/run/contractor/fetch';

/** debootstrap keeps what wget and dpkg say of a failure in a file of the tree that fails with it. */
const TELL_WHY =
  'tell_why() { status=$?; tail -n 30 /workspace/debootstrap/debootstrap.log 2>/dev/null || true; exit "$status"; }';

// mmdebstrap simulates two installations: of the essential packages, and of the rest on top of these. What it only
// would install is noted with its address and downloaded; and after the first, the downloaded packages are written down as installed, so that
// the second finds what the real one will find.
const FETCHING_APT_GET = `#!/bin/sh
set -eu
# Proxies of the host, maybe with a password: in a file of the sandbox, so that they are in no tree and no record.
options=
if [ -e ${APT_OPTIONS_FILE} ]; then options=-c=${APT_OPTIONS_FILE}; fi
simulated=
for word do
  shift
  if [ "$word" = -oAPT::Get::Simulate=true ]; then simulated=1; else set -- "$@" "$word"; fi
done
# mmdebstrap runs no hooks when it simulates. It also asks apt before it has made anything.
for preferences in ${LOCK_PREFERENCES_FILE} ${PREFERENCES_FILE}; do
  [ -e "$preferences" ] && [ -d ${FETCHED}/etc/apt ] || continue
  mkdir -p ${FETCHED}/etc/apt/preferences.d
  cp "$preferences" ${FETCHED}/etc/apt/preferences.d/contractor
  break
done
if [ "\${1-}" = update ] && [ -d ${FETCHED}/etc/apt ]; then
  /usr/bin/apt-get $options "$@"
  if [ -e ${RELEASE_DATES_FILE} ]; then ${CHECK_RELEASES}; fi
  if [ -e ${LOCK_FILE} ]; then ${CHECK_LOCK} available; fi
  exit 0
fi
[ -n "$simulated" ] || exec /usr/bin/apt-get $options "$@"
/usr/bin/apt-get $options -qq --print-uris -oAcquire::ForceHash=SHA256 -oDebug::NoLocking=1 "$@" >>${FETCHED_URIS}
if [ -e ${LOCK_FILE} ]; then ${CHECK_LOCK} fetched ${FETCHED_URIS}; fi
/usr/bin/apt-get $options -oAPT::Get::Download-Only=true -oDebug::NoLocking=1 "$@"
cd ${FETCHED}/var
[ ! -s lib/dpkg/status ] || exit 0
for deb in cache/apt/archives/*.deb; do
  [ -e "$deb" ] || continue
  dpkg-deb --field "$deb"
  echo 'Status: install ok installed'
  echo
done >lib/dpkg/status.new
mv lib/dpkg/status.new lib/dpkg/status
`;

const BRING = `#!/bin/sh
set -eu
mkdir -p "$1/var/cache/apt/archives" "$1/var/lib/apt/lists"
find ${FETCHED}/var/lib/apt/lists -maxdepth 1 -type f ! -name lock -exec mv -t "$1/var/lib/apt/lists" {} +
find ${FETCHED}/var/cache/apt/archives -name '*.deb' -exec mv -t "$1/var/cache/apt/archives" {} +
rm -rf ${FETCHED}
`;

/** Words as a shell takes them for what they are. */
export function quoted(words: readonly string[]): string {
  return words.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(' ');
}
