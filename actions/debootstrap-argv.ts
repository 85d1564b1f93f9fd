import type { Mirror } from './host-mirror.ts';
import { NOTE_ORIGINS } from './package-origins.ts';

/** What is asked of (mm)debootstrap. */
export interface Bootstrap {
  readonly suite: string;
  readonly variant: string;
  readonly packages: readonly string[];
  readonly components: readonly string[];
  readonly architecture?: string;
  readonly mirror?: Mirror;
  /** Lines of apt.conf(5) that hold while the tree is made, and are not left in it. */
  readonly aptOptions: readonly string[];
}

/** Where the first half leaves lists and packages; the second takes it away again. */
export const FETCHED = '/workspace/.fetched';

/** A program that takes it to the tree that is its argument. */
export const BRING_FETCHED = '/run/contractor/bring-fetched';

/** How mmdebstrap asks the mirror for what it would install; see `debootstrap-script.ts`. */
export function mmdebstrapFetchArgv(bootstrap: Bootstrap): string[] {
  return mmdebstrap(bootstrap, { target: FETCHED, options: ['--simulate', '--skip=cleanup'] });
}

/** How mmdebstrap makes the tree straight into the workspace, of what was fetched before. */
export function mmdebstrapArgv(bootstrap: Bootstrap): string[] {
  // What apt is told of proxies and mirrors is for the first half: the scripts of packages could read it here.
  const cutOff = { ...bootstrap, aptOptions: [] };
  return mmdebstrap(cutOff, {
    target: '/workspace',
    options: [
      // Its words for: the workspace has what was fetched, so have the lists, and packages may be in the cache.
      ...['check/empty', 'update', 'download/empty'].map((what) => `--skip=${what}`),
      `--setup-hook=${BRING_FETCHED}`,
    ],
  });
}

/** What stands before the digest and name of each InRelease that a tree was made of, in the log. */
export const RESOLVED = 'resolved: ';

/**
 * `--mode=root` although nobody is root: the sandbox is root of a map of
 * subordinate ids, so chown works and mknod is not needed, since every container
 * brings its own /dev. Maintainer scripts run chrooted into the tree, inside the
 * sandbox.
 */
function mmdebstrap(
  { suite, variant, packages, components, architecture, mirror, aptOptions }: Bootstrap,
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
    ...aptOptions.map((option) => `--aptopt=${option}`),
    ...options,
    `--customize-hook=${NOTE_ORIGINS}`,
    // What only this host's network needs must not end in the tree.
    '--customize-hook=rm -f "$1/etc/apt/apt.conf.d/99mmdebstrap"',
    `--customize-hook=cd "$1/var/lib/apt/lists" && sha256sum -- *InRelease | sed 's/^/${RESOLVED}/' || :`,
    '--',
    suite,
    target,
    ...(mirror === undefined ? [] : [`deb ${signedBy}${mirror.url} ${suite} ${components.join(' ')}`]),
  ];
}

/** How debootstrap fetches and unpacks it, where there is no mmdebstrap. It reads no settings of apt. */
export function debootstrapArgv({ suite, variant, packages, components, architecture, mirror }: Bootstrap): string[] {
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
    ...(mirror?.keyring === undefined ? [] : [`--keyring=${mirror.keyring}`]),
    suite,
    '/workspace',
    ...(mirror === undefined ? [] : [mirror.url]),
  ];
}
