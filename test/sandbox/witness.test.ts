import { expect, test } from 'vitest';
import { parseWitness } from '../../sandbox/witness.ts';
import { sampleWitness, witnessFile } from './sample-witness.ts';

const sample = { ...sampleWitness(), found: 'uid 1000\ngid 1000\n', differences: '' };

test('reads what a keeper has written of a container', () => {
  expect(parseWitness(Buffer.from(witnessFile(sample)))).toMatchObject({
    argv: ['/usr/bin/bwrap', '--unshare-user'],
    command: ['/bin/sh', '-eu', '/run/step'],
    expected: { uid: '1000', 'namespace-net': 'own', 'host-root': 'not mapped' },
    found: { uid: '1000', gid: '1000' },
    differences: [],
    namespaces: { net: { own: 'net:[30]', host: 'net:[10]' } },
    uidMap: { own: ['1000 1000 1'], project: ['0 1001 1', '1 100000 65535'] },
    limits: { 'open files': { soft: '1024', hard: '1024', unit: 'files' } },
    cgroup: ['0::/user.slice'],
  });
});

test('has each mount with its type and options, optional fields or not', () => {
  const { mounts = [] } = parseWitness(Buffer.from(witnessFile(sample))) ?? {};
  expect(mounts).toContainEqual({ path: '/workspace', type: 'overlay', options: 'rw,nosuid,nodev,relatime' });
  expect(mounts).toHaveLength(17);
});

test('gives back a path with a space, and an argument with a newline, as they are', () => {
  const odd = {
    ...sample,
    argv: ['bwrap', '--setenv', 'A', 'one\n@end 0\ntwo', '--', 'sh'].join('\0'),
    mountinfo: '1 2 0:3 / /a\\040b ro - tmpfs tmpfs rw\n',
  };
  const witness = parseWitness(Buffer.from(witnessFile(odd)));
  expect(witness?.argv.at(-1)).toBe('one\n@end 0\ntwo');
  expect(witness?.mounts).toEqual([{ path: '/a b', type: 'tmpfs', options: 'ro' }]);
});

test('takes a file that is cut short anywhere for none', () => {
  const bytes = Buffer.from(witnessFile(sample));
  const taken = Array.from(bytes.keys()).filter((length) => parseWitness(bytes.subarray(0, length)) !== undefined);
  expect(taken).toEqual([]);
});
