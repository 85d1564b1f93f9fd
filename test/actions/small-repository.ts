/** Debian packages and signed repositories for tests, made with dpkg-deb and gpg of this host. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

export interface PackageToMake {
  readonly name: string;
  readonly version?: string;
  readonly fields?: Readonly<Record<string, string>>;
  readonly fill?: (root: string) => void;
  readonly postinst?: string;
}

export function hostArchitecture(): string {
  return execFileSync('dpkg', ['--print-architecture'], { encoding: 'utf8' }).trim();
}

/** Makes `pool/NAME_VERSION_ARCHITECTURE.deb` below `directory`, and gives its stanza in an index. */
export function makePackage(directory: string, one: PackageToMake): string {
  const architecture = hostArchitecture();
  const { name, version = '1' } = one;
  const root = join(directory, 'work', name);
  rmSync(root, { recursive: true, force: true });
  mkdirSync(join(root, 'DEBIAN'), { recursive: true });
  one.fill?.(root);
  const fields = { Package: name, Version: version, Architecture: architecture, Maintainer: 'test', ...one.fields };
  const control = Object.entries({ ...fields, Description: 'a test' }).map(([key, value]) => `${key}: ${value}\n`);
  writeFileSync(join(root, 'DEBIAN/control'), control.join(''));
  if (one.postinst !== undefined) {
    writeFileSync(join(root, 'DEBIAN/postinst'), one.postinst);
    chmodSync(join(root, 'DEBIAN/postinst'), 0o755);
  }
  for (const path of [root, join(root, 'DEBIAN')]) chmodSync(path, 0o755);
  const file = join(directory, 'pool', `${name}_${version}_${architecture}.deb`);
  mkdirSync(dirname(file), { recursive: true });
  execFileSync('dpkg-deb', ['-Zgzip', '--root-owner-group', '--build', root, file], {
    stdio: 'ignore',
    env: { ...process.env, SOURCE_DATE_EPOCH: '1577836800' }, // the same package is the same file
  });
  return control.join('') + placeOf(file);
}

/** The stanza of a package that there is. */
export function stanzaOf(file: string): string {
  return execFileSync('dpkg-deb', ['--field', file], { encoding: 'utf8' }) + placeOf(file);
}

/** Writes the index and the Release of a suite; sign it after. */
export function writeSuite(
  directory: string,
  suite: string,
  { stanzas, fields = {} }: { readonly stanzas: readonly string[]; readonly fields?: Readonly<Record<string, string>> },
): void {
  const architecture = hostArchitecture();
  const index = `main/binary-${architecture}/Packages`;
  const place = join(directory, 'dists', suite);
  rmSync(place, { recursive: true, force: true });
  mkdirSync(dirname(join(place, index)), { recursive: true });
  writeFileSync(join(place, index), stanzas.join(''));
  writeFileSync(join(place, `${index}.gz`), gzipSync(stanzas.join('')));
  const all = {
    ...{ Origin: 'Debian', Suite: suite, Codename: suite, Components: 'main', Architectures: architecture },
    ...{ Date: releaseDate(Date.now()), ...fields },
  };
  const release = [
    ...Object.entries(all).map(([key, value]) => `${key}: ${value}`),
    'SHA256:',
    ...[index, `${index}.gz`].map(
      (path) => ` ${digestOf(join(place, path))} ${statSync(join(place, path)).size} ${path}`,
    ),
    '',
  ].join('\n');
  writeFileSync(join(place, 'Release'), release);
}

/** As a Release has it. */
export function releaseDate(at: number): string {
  return new Date(at).toUTCString().replace('GMT', 'UTC');
}

export interface SigningKey {
  readonly fingerprint: string;
  /** In armour. */
  readonly armour: string;
  /** As in a keyring. */
  readonly binary: Buffer;
  sign(directory: string, suite: string): void;
}

/** Makes a key in a home of its own, below `directory`. */
export function makeSigningKey(directory: string, name: string): SigningKey {
  const home = join(directory, `gnupg-${name}`);
  mkdirSync(home, { mode: 0o700, recursive: true });
  const gpg = (...argv: string[]): Buffer =>
    execFileSync('gpg', ['--homedir', home, '--batch', '--quiet', '--yes', ...argv], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  gpg('--passphrase', '', '--quick-generate-key', `${name}@example.test`, 'ed25519', 'sign');
  const endAgent = (): void => {
    execFileSync('gpgconf', ['--homedir', home, '--kill', 'gpg-agent']);
  };
  const listed = gpg('--list-keys', '--with-colons').toString();
  const key = {
    fingerprint: /^fpr:+([0-9A-F]+):/m.exec(listed)?.[1] ?? '',
    armour: gpg('--armor', '--export').toString(),
    binary: gpg('--export'),
    sign: (top: string, suite: string): void => {
      const place = join(top, 'dists', suite);
      gpg('--output', join(place, 'InRelease'), '--clearsign', join(place, 'Release'));
      gpg('--output', join(place, 'Release.gpg'), '--armor', '--detach-sign', join(place, 'Release'));
      endAgent();
    },
  };
  endAgent();
  return key;
}

function placeOf(file: string): string {
  const lines = [`Filename: pool/${basename(file)}`, `Size: ${statSync(file).size}`, `SHA256: ${digestOf(file)}`, ''];
  return lines.map((line) => `${line}\n`).join('');
}

function digestOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
