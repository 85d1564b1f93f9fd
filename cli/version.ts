import { readFileSync } from 'node:fs';

/** The version of this package, from its own package.json: by name, as a checkout and the compiled package lie at different depths. */
export function versionText(): string {
  const file = new URL(import.meta.resolve('contractor/package.json'));
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
