import { CUT_OFF, cutOffFile } from '../sandbox/cut-off.ts';
import type { KeeperJob } from '../sandbox/keeper-job.ts';
import { BRING_FETCHED, debootstrapArgv, FETCHED, mmdebstrapArgv, mmdebstrapFetchArgv } from './debootstrap-argv.ts';
import type { Bootstrap } from './debootstrap-argv.ts';
import { FETCHED_URIS, NOTE_ORIGINS, NOTE_ORIGINS_PROGRAM, REPOSITORY_ADDRESSES } from './package-origins.ts';
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
  // The top of the tree is root's, as in any Debian system.
  const between = [`echo ${quoted([ALL_FETCHED])}`, `unset ${PROXY_NAMES.join(' ')}`];
  const halves =
    tool === 'mmdebstrap'
      ? [
          `PATH=${FETCH_PATH}:$PATH ${quoted(mmdebstrapFetchArgv(bootstrap))}`,
          ...between,
          `exec ${quoted([CUT_OFF, ...mmdebstrapArgv(bootstrap)])}`,
        ]
      : [
          TELL_WHY,
          `${quoted(debootstrapArgv(bootstrap))} || tell_why`,
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
    ],
  };
}

function addressesOf({ mirror }: Bootstrap): string {
  return mirror === undefined ? '' : `${withoutCredentials(mirror.url)}\n`;
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
simulated=
for word do
  shift
  if [ "$word" = -oAPT::Get::Simulate=true ]; then simulated=1; else set -- "$@" "$word"; fi
done
[ -n "$simulated" ] || exec /usr/bin/apt-get "$@"
/usr/bin/apt-get -qq --print-uris -oAcquire::ForceHash=SHA256 -oDebug::NoLocking=1 "$@" >>${FETCHED_URIS}
/usr/bin/apt-get -oAPT::Get::Download-Only=true -oDebug::NoLocking=1 "$@"
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
