import { execFileSync } from 'node:child_process';
import { cpSync, lstatSync, readFileSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  onWritableTiny,
  openTestStore,
  project,
  publish,
  shell,
  unpack,
  whatHostLacks,
} from '../../supervisor/test-store.ts';
import type { TestStore } from '../../supervisor/test-store.ts';
import { layBait } from './bait.ts';
import type { Bait } from './bait.ts';
import { makeProbingSystem } from './probing-system.ts';

const lacking = await whatHostLacks();
const onProbing = { ...onWritableTiny, 'artifact-name': 'probing' };
let store: TestStore;
let bait: Bait;

beforeAll(async () => {
  if (lacking !== '') return;
  bait = await layBait();
  store = await openTestStore();
  makeProbingSystem(join(store.work, 'system'), join(store.work, '../tiny'));
  await store.supervisor.artifacts.importFrom('probing', join(store.work, 'system'));
});
afterAll(async () => {
  await bait?.remove();
  await store?.close();
});

/** Runs `make` as the root of a writable container, publishes what it left, and lets `look` see that elsewhere. */
async function published(name: string, make: string, look: string): Promise<string> {
  const steps = [onProbing, shell(`#!/bin/sh\nexport PERL_BADLANG=0\n${make}`), publish(name)];
  const built = await store.build([
    project('make', steps),
    project('look', [onProbing, unpack(name), shell(`export PERL_BADLANG=0\n${look}`)]),
  ]);
  if (built.result !== 'built') throw new Error(`${built.log('make', '2')}${JSON.stringify(built.events.slice(-6))}`);
  return built.log('look', '3');
}

/** The files of an artifact after its export to a directory, with their modes. */
async function exported(name: string): Promise<{ readonly directory: string; readonly names: readonly string[] }> {
  const directory = join(store.work, `out-${name}`);
  await store.supervisor.artifacts.exportTo(name, `${directory}/`);
  return { directory, names: readdirSync(directory, 'latin1') };
}

describe.skipIf(lacking !== '')('[A-62] an artifact with', () => {
  test('links to the host holds links, and nothing that they lead to', async () => {
    const log = await published(
      'links',
      `ln -s ${bait.values['SECRET']} absolute; ln -s ../../../../../../../..${bait.values['SECRET']} relative; ln -s /proc/1/root root; ln -s . here`,
      'for link in absolute relative root here; do readlink $link; done; cat absolute relative || true',
    );
    expect(log).toMatch(/^(.*secret\n){2}\/proc\/1\/root\n\.\n(.*No such file or directory\n){2}$/);
    const { directory, names } = await exported('links');
    expect(names.toSorted()).toEqual(['absolute', 'here', 'relative', 'root']);
    expect(names.every((name) => lstatSync(join(directory, name)).isSymbolicLink())).toBe(true);
  });

  test('hard links has files of its own: who writes one changes no other tree', async () => {
    const make = 'echo one >first; ln first second';
    expect(await published('pair', make, 'echo two >first; cat second')).toMatch(/^(one|two)\n$/);
    expect(await published('pair', make, 'cat first second')).toBe('one\none\n');
  });

  test('a setuid program gives nobody anything: not where it is unpacked, not where it is exported', async () => {
    const log = await published(
      'setuid',
      'cat /bin/id >id; chmod 6755 id',
      `perl -e 'printf "%o\\n", (stat "id")[2] & 07777; $) = "1000 1000"; $( = 1000; $< = $> = 1000; exec "./id", "-u"'`,
    );
    expect(log).toMatch(/^\d+\n1000\n$/);
    const { directory } = await exported('setuid');
    expect(lstatSync(join(directory, 'id')).mode & 0o7000).toBe(0);
  });

  test('pipes, sockets and devices holds none of them, and none makes its reader wait', async () => {
    const log = await published(
      'special',
      `perl -MPOSIX -MSocket -e 'POSIX::mkfifo("pipe", 0666) or die $!; socket my $s, AF_UNIX, SOCK_STREAM, 0; bind $s, pack_sockaddr_un("socket") or die $!'
       mknod device c 1 3 || : >plain`,
      'ls -A',
    );
    expect(log).toBe('plain\n');
  });

  test('capabilities of a file cannot be made', async () => {
    const log = await published(
      'capable',
      `cat /bin/id >id; perl -e 'my ($path, $name) = ("id", "security.capability"); my $value = pack "L5", 0x02000001, 1 << 21, 0, 0, 0;
        my $number = (POSIX::uname())[4] eq "aarch64" ? 5 : 188; syscall($number, $path, $name, $value, 20, 0) == -1 and print STDERR "$!\\n"' -MPOSIX || :`,
      'ls',
    );
    expect(log).toBe('id\n');
    expect(execFileSync('perl', ['-e', READ_CAPABILITY, treeOf('capable', 'id')], { encoding: 'utf8' })).toBe('none');
  });

  test('names of any bytes has them, here and there', async () => {
    const make = `perl -e 'for my $name ("new\\nline", "\\xff\\xfe", "\\e[2J", "-rf", " ", "\\xe2\\x80\\xae") { open my $file, ">", "./$name" or die $! }'`;
    const look = `perl -e 'opendir my $here, "."; print map { unpack("H*", $_) . "\\n" } sort grep { !/^\\.\\.?$/ } readdir $here'`;
    const hex = ['20', '2d7266', '6e65770a6c696e65', '1b5b324a', 'e280ae', 'fffe'];
    const log = await published('names', make, look);
    expect(log.trim().split('\n').toSorted()).toEqual(hex.toSorted());
    const { names } = await exported('names');
    expect(names.map((name) => Buffer.from(name, 'latin1').toString('hex')).toSorted()).toEqual(hex.toSorted());
  });

  test('what nobody may read is read, hashed and removed nevertheless', async () => {
    const log = await published('closed', 'mkdir d; echo x >d/f; chmod 0 d/f d', 'cat d/f; ls -ld d');
    expect(log).toMatch(/^x\nd---------/);
  });

  test('attributes that overlays know leads nowhere in the next step', async () => {
    const log = await published(
      'attributes',
      `mkdir a; echo mine >a/file; perl -MPOSIX -e 'my ($path, $value) = ("a", "/"); my $number = (POSIX::uname())[4] eq "aarch64" ? 5 : 188;
        for my $kind ("redirect", "opaque", "metacopy") { my $name = "user.overlay.$kind"; syscall $number, $path, $name, $value, 1, 0 }'`,
      'ls a; cat a/file',
    );
    expect(log).toBe('file\nmine\n');
  });

  test('a directory that is a link is not published from there', async () => {
    const built = await store.build([
      project('p', [
        onProbing,
        shell('ln -s /etc out; mkdir real; ln -s ../.. real/up'),
        publish('x', { directory: 'out' }),
      ]),
      project('q', [onProbing, shell('mkdir real; ln -s ../.. real/up'), publish('y', { directory: 'real/up/etc' })]),
    ]);
    const outcomes = built.events.flatMap((event) =>
      event.type === 'step-ended' && event.step.startsWith('3') ? [event.outcome.type] : [],
    );
    expect(outcomes).not.toContain('succeeded');
    expect(outcomes.length).toBe(2);
  });
});

describe.skipIf(lacking !== '')('[A-62] a system tree whose', () => {
  const hostile = async (name: string, spoil: (tree: string) => void): Promise<string> => {
    const tree = join(store.work, name);
    cpSync(join(store.work, '../tiny'), tree, { recursive: true });
    spoil(tree);
    await store.supervisor.artifacts.importFrom(name, tree);
    const before = readdirSync(bait.directory);
    const look = shell(
      'id -u; ls -ld /proc /dev /tmp /home /run /workspace; cat /etc/passwd /etc/secret || true; echo x > /workspace/x',
    );
    const kinds = [
      { ...onProbing, 'artifact-name': name, writable: false },
      { ...onProbing, 'artifact-name': name },
    ];
    const built = await store.build(kinds.map((systree, index) => project(`p${index}`, [systree, look])));
    expect(readdirSync(bait.directory)).toEqual(before);
    expect(readFileSync(bait.values['SECRET'] ?? '', 'utf8')).toBe('TOPSECRET\n');
    expect(built.result).toBe('built');
    return built.log('p0', '2') + built.log('p1', '2');
  };

  test('mount points are links to the host has real ones', async () => {
    const log = await hostile('points', (tree) => {
      rmSync(join(tree, 'tmp'), { recursive: true });
      for (const point of ['proc', 'dev', 'tmp', 'home', 'run', 'workspace'])
        symlinkSync(`../../../..${bait.directory}`, join(tree, point));
    });
    expect(log).not.toContain('TOPSECRET');
    expect(log.match(/^d\S+ .*$/gm)).toHaveLength(12);
  });

  test('/etc is a link to the host shows nothing of it', async () => {
    const log = await hostile('etc', (tree) => {
      rmSync(join(tree, 'etc'), { recursive: true });
      symlinkSync(`../../../..${bait.directory}`, join(tree, 'etc'));
    });
    expect(log).not.toContain('TOPSECRET');
  });

  test('/etc/passwd is a link to the host shows nothing of it', async () => {
    const log = await hostile('passwd', (tree) => {
      rmSync(join(tree, 'etc/passwd'));
      symlinkSync(bait.values['SECRET'] ?? '', join(tree, 'etc/passwd'));
      symlinkSync(`../../../../../..${bait.values['SECRET']}`, join(tree, 'etc/secret'));
    });
    expect(log).not.toContain('TOPSECRET');
  });
});

/** A file of an artifact in the store. */
function treeOf(name: string, file: string): string {
  return join(store.supervisor.artifacts.show(name).treePath, file);
}

const READ_CAPABILITY = `my ($path, $name, $value) = ($ARGV[0], "security.capability", "\\0" x 64);
  use POSIX; my $number = (POSIX::uname())[4] eq "aarch64" ? 8 : 191;
  print syscall($number, $path, $name, $value, 64) == -1 ? "none" : "some";`;
