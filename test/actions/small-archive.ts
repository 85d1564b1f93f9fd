/** An archive of Debian packages for tests, made of this host's programs, signed, and small. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { makeTinySystem } from '../supervisor/test-store.ts';

/** What dpkg, debootstrap and the scripts of this archive start, beside the programs of a tiny system. */
const PROGRAMS = [
  ...['dpkg', 'dpkg-deb', 'dpkg-split', 'dpkg-query', 'dpkg-divert', 'start-stop-daemon', 'ldconfig', 'bash', 'tar'],
  ...['diff', 'true', 'cp', 'sed', 'dirname', 'tr', 'cut', 'sort', 'head', 'tail', 'expr', 'uname', 'wc', 'mount'],
  ...['perl', 'sync'],
];

/** The packages that debootstrap installs by name, empty here. */
const EMPTY = ['base-passwd', 'dpkg', 'libc6', 'perl-base', 'mawk', 'apt', 'usr-is-merged'];

/** Makes `directory/{dists,pool,key.gpg}`: the suite `sid`, with the essential package `base-files`, and `probe` with a script. */
export function makeSmallArchive(directory: string, probe: { readonly postinst: string }): void {
  const architecture = execFileSync('dpkg', ['--print-architecture'], { encoding: 'utf8' }).trim();
  const pool = join(directory, 'pool');
  mkdirSync(pool, { recursive: true });
  const essential = { Essential: 'yes', Priority: 'required' };
  const stanzas = [
    makePackage({ name: 'base-files', fields: essential, fill: fillWithPrograms }),
    ...EMPTY.map((name) => makePackage({ name, fields: { Priority: 'required' } })),
    makePackage({ name: 'probe', fields: { Priority: 'optional' }, postinst: probe.postinst }),
  ];
  const index = `main/binary-${architecture}/Packages`;
  const suite = join(directory, 'dists/sid');
  mkdirSync(dirname(join(suite, index)), { recursive: true });
  writeFileSync(join(suite, index), stanzas.join(''));
  writeFileSync(join(suite, `${index}.gz`), gzipSync(stanzas.join('')));
  const release = [
    ...['Origin: Debian', 'Suite: sid', 'Codename: sid', 'Components: main', `Architectures: ${architecture}`],
    ...[`Date: ${new Date().toUTCString().replace('GMT', 'UTC')}`, 'SHA256:'],
    ...[index, `${index}.gz`].map(
      (path) => ` ${digestOf(join(suite, path))} ${statSync(join(suite, path)).size} ${path}`,
    ),
    '',
  ].join('\n');
  writeFileSync(join(suite, 'Release'), release);
  sign(directory, suite);

  function makePackage(each: {
    readonly name: string;
    readonly fields: Readonly<Record<string, string>>;
    readonly fill?: (root: string) => void;
    readonly postinst?: string;
  }): string {
    const root = join(directory, 'work', each.name);
    mkdirSync(join(root, 'DEBIAN'), { recursive: true });
    each.fill?.(root);
    const fields = { Package: each.name, Version: '1', Architecture: architecture, Maintainer: 'test', ...each.fields };
    const control = Object.entries({ ...fields, Description: 'a test' }).map(([key, value]) => `${key}: ${value}\n`);
    writeFileSync(join(root, 'DEBIAN/control'), control.join(''));
    if (each.postinst !== undefined) {
      writeFileSync(join(root, 'DEBIAN/postinst'), each.postinst);
      chmodSync(join(root, 'DEBIAN/postinst'), 0o755);
    }
    for (const path of [root, join(root, 'DEBIAN')]) chmodSync(path, 0o755);
    const file = join(pool, `${each.name}_1_${architecture}.deb`);
    execFileSync('dpkg-deb', ['-Zgzip', '--root-owner-group', '--build', root, file], { stdio: 'ignore' });
    const place = [`Filename: pool/${each.name}_1_${architecture}.deb`, `Size: ${statSync(file).size}`];
    return [...control, ...[...place, `SHA256: ${digestOf(file)}`, ''].map((line) => `${line}\n`)].join('');
  }
}

/** With all directories of programs and libraries in /usr, as Debian has it. */
function fillWithPrograms(root: string): void {
  const tiny = join(root, 'tiny');
  makeTinySystem(tiny, PROGRAMS);
  mkdirSync(join(root, 'usr'));
  const tops = readdirSync(tiny).filter((name) => name === 'bin' || name.startsWith('lib'));
  for (const name of tops) {
    renameSync(join(tiny, name), join(root, 'usr', name));
    symlinkSync(`usr/${name}`, join(root, name));
  }
  symlinkSync('usr/bin', join(root, 'sbin'));
  symlinkSync('bin', join(root, 'usr/sbin'));
  renameSync(join(tiny, 'etc'), join(root, 'etc'));
  rmSync(tiny, { recursive: true });
  for (const path of ['var/lib/dpkg/info', 'var/lib/dpkg/updates', 'var/log', 'tmp', 'proc', 'sys', 'dev', 'root']) {
    mkdirSync(join(root, path), { recursive: true });
  }
}

/** Signs the suite with a new key, which is left in `key.gpg`. */
function sign(directory: string, suite: string): void {
  const home = join(directory, 'gnupg');
  mkdirSync(home, { mode: 0o700 });
  const gpg = (...argv: string[]): void => {
    execFileSync('gpg', ['--homedir', home, '--batch', '--quiet', '--yes', ...argv], { stdio: 'ignore' });
  };
  gpg('--passphrase', '', '--quick-generate-key', 'archive@example.test', 'ed25519', 'sign');
  gpg('--output', join(directory, 'key.gpg'), '--export');
  gpg('--output', join(suite, 'InRelease'), '--clearsign', join(suite, 'Release'));
  gpg('--output', join(suite, 'Release.gpg'), '--armor', '--detach-sign', join(suite, 'Release'));
  execFileSync('gpgconf', ['--homedir', home, '--kill', 'gpg-agent']);
}

function digestOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
