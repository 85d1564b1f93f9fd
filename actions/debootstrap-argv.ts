import type { Mirror } from './host-mirror.ts';

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

/** What stands before the digest and name of each InRelease that a tree was made of, in the log. */
export const RESOLVED = 'resolved: ';

/**
 * How mmdebstrap makes the tree straight into the workspace.
 *
 * `--mode=root` although nobody is root: the sandbox is root of a map of
 * subordinate ids, so chown works and mknod is not needed, since every container
 * brings its own /dev. Maintainer scripts run chrooted into the tree, inside the
 * sandbox.
 */
export function mmdebstrapArgv({
  suite,
  variant,
  packages,
  components,
  architecture,
  mirror,
  aptOptions,
}: Bootstrap): string[] {
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
    // What only this host's network needs must not end in the tree.
    '--customize-hook=rm -f "$1/etc/apt/apt.conf.d/99mmdebstrap"',
    `--customize-hook=cd "$1/var/lib/apt/lists" && sha256sum -- *InRelease | sed 's/^/${RESOLVED}/' || :`,
    '--',
    suite,
    '/workspace',
    ...(mirror === undefined ? [] : [`deb ${signedBy}${mirror.url} ${suite} ${components.join(' ')}`]),
  ];
}

/** How debootstrap makes it, where there is no mmdebstrap. It reads no settings of apt. */
export function debootstrapArgv({ suite, variant, packages, components, architecture, mirror }: Bootstrap): string[] {
  return [
    'debootstrap',
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
