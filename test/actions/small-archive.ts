/** An archive of Debian packages for tests, made of this host's programs, signed, and small. */
import { mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeTinySystem } from '../supervisor/test-store.ts';
import { makePackage, makeSigningKey, writeSuite } from './small-repository.ts';
import type { SigningKey } from './small-repository.ts';

/** What dpkg, debootstrap and the scripts of this archive start, beside the programs of a tiny system. */
const PROGRAMS = [
  ...['dpkg', 'dpkg-deb', 'dpkg-split', 'dpkg-query', 'dpkg-divert', 'start-stop-daemon', 'ldconfig', 'bash', 'tar'],
  ...['diff', 'true', 'cp', 'sed', 'dirname', 'tr', 'cut', 'sort', 'head', 'tail', 'expr', 'uname', 'wc', 'mount'],
  ...['perl', 'sync', 'find'],
];

/** The packages that debootstrap installs by name, empty here. */
const EMPTY = ['base-passwd', 'dpkg', 'libc6', 'perl-base', 'mawk', 'apt', 'usr-is-merged'];

/** Makes `directory/{dists,pool,key.gpg}`: the suite `sid`, with the essential package `base-files`, and `probe` with a script. */
export function makeSmallArchive(directory: string, probe: { readonly postinst: string }): SigningKey {
  mkdirSync(directory, { recursive: true });
  const essential = { Essential: 'yes', Priority: 'required' };
  const stanzas = [
    makePackage(directory, { name: 'base-files', fields: essential, fill: fillWithPrograms }),
    ...EMPTY.map((name) => makePackage(directory, { name, fields: { Priority: 'required' } })),
    makePackage(directory, { name: 'probe', fields: { Priority: 'optional' }, postinst: probe.postinst }),
  ];
  writeSuite(directory, 'sid', { stanzas });
  const key = makeSigningKey(directory, 'archive');
  key.sign(directory, 'sid');
  writeFileSync(join(directory, 'key.gpg'), key.binary);
  return key;
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
