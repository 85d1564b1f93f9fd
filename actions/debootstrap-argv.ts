import { ARTIFACT_SOURCES } from './artifact-packages.ts';
import type { Mirror } from './host-mirror.ts';
import type { PublicKey } from './openpgp-key.ts';
import type { Source } from './repositories.ts';
import { CHECK_LOCK } from './package-lock.ts';
import type { LockedPackage } from './package-lock.ts';
import { NOTE_ORIGINS } from './package-origins.ts';

/** What is asked of (mm)debootstrap. */
export interface Bootstrap {
  readonly suite: string;
  readonly variant: string;
  readonly packages: readonly string[];
  readonly components: readonly string[];
  readonly architecture?: string;
  readonly mirror?: Mirror;
  /** The key that signs the mirror, when the specification names one: then the host's keys do not count for it. */
  readonly mirrorKey?: PublicKey;
  /** Other repositories that packages come from, as deb822(5) of apt; empty when there are none. The mirror too, when it has a key. */
  readonly sources: string;
  /** The same without the mirror. */
  readonly repositories: readonly Source[];
  /** Exactly what has to be installed. */
  readonly locked?: readonly LockedPackage[];
  /** Artifacts whose packages can be installed. */
  readonly artifacts: readonly string[];
  /** Not older than these may be what the repositories offer: see `release-dates.ts`. Empty when nothing is known of them. */
  readonly releaseDates: string;
  /** What apt prefers, as apt_preferences(5); empty when that is nothing. */
  readonly preferences: string;
  /** Lines of apt.conf(5) that hold while packages are fetched. */
  readonly aptOptions: readonly string[];
}

/** Where the first half leaves lists and packages; the second takes it away again. */
export const FETCHED = '/workspace/.fetched';

/** A program that takes it to the tree that is its argument. */
export const BRING_FETCHED = '/run/contractor/bring-fetched';

/** Repositories, preferences and the key of the mirror, where the tools find them. */
export const SOURCES_FILE = '/run/contractor/repositories.sources';
export const PREFERENCES_FILE = '/run/contractor/preferences';
export const LOCK_PREFERENCES_FILE = '/run/contractor/lock-preferences';
export const APT_OPTIONS_FILE = '/run/contractor/apt.conf';
/** What the mirror is told of who asks, as netrc(5): for apt, and for wget in a home that is debootstrap's alone. */
export const APT_LOGIN_FILE = '/run/contractor/auth.conf';
export const FETCHING_HOME = '/run/contractor/fetching-home';
export const MIRROR_KEY_FILE = '/run/contractor/mirror-key.gpg';

/** How mmdebstrap asks the mirror for what it would install; see `debootstrap-script.ts`. */
export function mmdebstrapFetchArgv(bootstrap: Bootstrap): string[] {
  return mmdebstrap(bootstrap, { target: FETCHED, options: ['--simulate', '--skip=cleanup'] });
}

/** How mmdebstrap makes the tree straight into the workspace, of what was fetched before. */
export function mmdebstrapArgv(bootstrap: Bootstrap): string[] {
  return mmdebstrap(bootstrap, {
    target: '/workspace',
    options: [
      // Its words for: the workspace has what was fetched, so have the lists, and packages may be in the cache.
      ...['check/empty', 'update', 'download/empty'].map((what) => `--skip=${what}`),
      `--setup-hook=${BRING_FETCHED}`,
      ...preferenceHooks(bootstrap),
    ],
  });
}

/** A lock takes the place of the preferences, and they its place in the tree that is made. */
function preferenceHooks({ preferences, locked }: Bootstrap): string[] {
  const take = (file: string): string =>
    `mkdir -p "$1/etc/apt/preferences.d" && cp ${file} "$1/etc/apt/preferences.d/contractor"`;
  if (locked === undefined) return preferences === '' ? [] : [`--setup-hook=${take(PREFERENCES_FILE)}`];
  const after = preferences === '' ? 'rm "$1/etc/apt/preferences.d/contractor"' : take(PREFERENCES_FILE);
  return [
    `--setup-hook=${take(LOCK_PREFERENCES_FILE)}`,
    `--customize-hook=${CHECK_LOCK} installed "$1"`,
    `--customize-hook=${after}`,
  ];
}

/** What stands before the digest and name of each InRelease that a tree was made of, in the log. */
export const RESOLVED = 'resolved: ';

/** What stands before the name and date of each. */
export const DATED = 'dated: ';

/** The last hook: what it says nothing after it can change. */
const TELL_LISTS =
  `--customize-hook=cd "$1/var/lib/apt/lists" && sha256sum -- *InRelease | sed 's/^/${RESOLVED}/' || :; ` +
  `for list in *InRelease; do echo "${DATED}$list $(date -d "$(sed -n 's/^Date: *//p' "$list" | head -n 1)" +%s)"; done || :`;

/**
 * `--mode=root` although nobody is root: the sandbox is root of a map of
 * subordinate ids, so chown works and mknod is not needed, since every container
 * brings its own /dev. Maintainer scripts run chrooted into the tree, inside the
 * sandbox.
 */
function mmdebstrap(
  { suite, variant, packages, components, architecture, mirror, mirrorKey, sources, artifacts }: Bootstrap,
  { target, options }: { readonly target: string; readonly options: readonly string[] },
): string[] {
  const signedBy = mirror?.keyring === undefined ? '' : `[signed-by=${mirror.keyring}] `;
  return [
    'mmdebstrap',
    '--verbose',
    '--mode=root',
    '--format=directory',
    `--variant=${variant}`,
    ...(packages.length === 0 ? [] : [`--include=${packages.join(',')}`]),
    ...(mirror === undefined ? [`--components=${components.join(',')}`] : []),
    ...(architecture === undefined ? [] : [`--architectures=${architecture}`]),
    ...options,
    `--customize-hook=${NOTE_ORIGINS}`,
    ...(artifacts.length === 0 ? [] : [`--customize-hook=rm -f "$1"/etc/apt/sources.list.d/*artifacts.sources`]),
    // What only making it needs must not end in the tree.
    '--customize-hook=rm -f "$1/etc/apt/apt.conf.d/99mmdebstrap"',
    TELL_LISTS,
    '--',
    suite,
    target,
    ...(mirror === undefined || mirrorKey !== undefined
      ? []
      : [`deb ${signedBy}${mirror.url} ${suite} ${components.join(' ')}`]),
    ...(sources === '' ? [] : [SOURCES_FILE]),
    ...(artifacts.length === 0 ? [] : [ARTIFACT_SOURCES]),
  ];
}

/** How debootstrap fetches and unpacks it, where there is no mmdebstrap. It reads no settings of apt. */
export function debootstrapArgv({
  suite,
  variant,
  packages,
  components,
  architecture,
  mirror,
  mirrorKey,
}: Bootstrap): string[] {
  const keyring = mirrorKey === undefined ? mirror?.keyring : MIRROR_KEY_FILE;
  return [
    'debootstrap',
    '--foreign',
    '--verbose',
    ...(variant === 'important'
      ? []
      : [`--variant=${variant === 'essential' || variant === 'apt' ? 'minbase' : variant}`]),
    ...(packages.length === 0 ? [] : [`--include=${packages.join(',')}`]),
    `--components=${components.join(',')}`,
    ...(architecture === undefined ? [] : [`--arch=${architecture}`]),
    ...(keyring === undefined ? [] : [`--keyring=${keyring}`]),
    suite,
    '/workspace',
    ...(mirror === undefined ? [] : [mirror.url]),
  ];
}
