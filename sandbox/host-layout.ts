import { lstatSync, readlinkSync } from 'node:fs';
import type { HostLayout } from './bwrap-argv.ts';

const TOP_LEVEL = ['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'] as const;

let layout: HostLayout | undefined;

/** How this host's top level looks to a vetted tool; read once. */
export function readHostLayout(): HostLayout {
  layout ??= {
    links: TOP_LEVEL.filter(isLink).map((path) => ({ path, target: readlinkSync(path) })),
    directories: TOP_LEVEL.filter((path) => !isLink(path) && exists(path)),
  };
  return layout;
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
