import { readFileSync } from 'node:fs';

let version: string | undefined;

/** The version of this package, from its own package.json: by name, as a checkout and the compiled package lie at different depths. */
export function contractorVersion(): string {
  version ??= (
    JSON.parse(readFileSync(new URL(import.meta.resolve('contractor/package.json')), 'utf8')) as { version: string }
  ).version;
  return version;
}
