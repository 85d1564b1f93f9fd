import type { InstalledPackage } from '../store/trees/installed-packages.ts';

/**
 * The package URL of an installed package: `pkg:deb/debian/libc6@2.41-1?arch=amd64`.
 *
 * https://github.com/package-url/purl-spec: names and versions are percent-encoded, but for the colon. A tree that
 * does not say of which distribution it is counts as Debian's.
 */
export function packageUrl({ name, version, architecture }: InstalledPackage, distribution: string = 'debian'): string {
  const encoded = (text: string): string => encodeURIComponent(text).replaceAll('%3A', ':');
  return `pkg:deb/${encoded(distribution)}/${encoded(name)}@${encoded(version)}?arch=${encoded(architecture)}`;
}
