import { describe, expect, test } from 'vitest';
import { debootstrapArgv, mmdebstrapArgv } from '../../actions/debootstrap-argv.ts';
import { DebootstrapProgress } from '../../actions/debootstrap-progress.ts';

const plain = {
  suite: 'trixie',
  variant: 'apt',
  packages: [],
  components: ['main'],
  aptOptions: [],
  sources: '',
  repositories: [],
  artifacts: [],
  releaseDates: '',
  preferences: '',
};
const full = {
  ...plain,
  packages: ['gcc', 'make'],
  architecture: 'arm64',
  mirror: { url: 'http://deb.debian.org/debian', keyring: '/usr/share/keyrings/k.gpg' },
  aptOptions: ['Acquire::Retries "3"'],
};

describe('the command line of', () => {
  test('mmdebstrap', () => {
    expect([mmdebstrapArgv(plain), mmdebstrapArgv(full)]).toMatchSnapshot();
  });

  test('debootstrap, which has fewer variants', () => {
    expect([debootstrapArgv(plain), debootstrapArgv({ ...full, variant: 'important' })]).toMatchSnapshot();
  });
});

test('progress counts each announced package twice, and never passes the total', () => {
  const progress = new DebootstrapProgress();
  const said = [
    'I: running apt-get update...',
    'nothing of note',
    '0 upgraded, 1 newly installed, 0 to remove and 0 not upgraded.',
    'Get:1 http://deb.debian.org/debian trixie/main amd64 libc6 amd64 2.41-1 [2,800 kB]',
    'Unpacking libc6:amd64 (2.41-1) ...',
    'Setting up libc6:amd64 (2.41-1) ...',
    'Setting up libc6:amd64 (2.41-1) ...',
  ].map((line) => progress.after(line));
  expect(said).toEqual([
    { label: 'running apt-get update' },
    undefined,
    { label: 'downloading packages', done: 0, total: 2 },
    { label: expect.stringMatching(/^downloading /), done: 0, total: 2 },
    { label: 'unpacking libc6', done: 1, total: 2 },
    { label: 'setting up libc6', done: 2, total: 2 },
    { label: 'setting up libc6', done: 2, total: 2 },
  ]);
});
