import { describe, expect, test } from 'vitest';
import { bwrapArgv, containerView } from '../../sandbox/bwrap-argv.ts';
import type { HostLayout } from '../../sandbox/bwrap-argv.ts';
import type { SandboxPolicy } from '../../sandbox/policy.ts';

const layout: HostLayout = {
  links: [{ path: '/bin', target: 'usr/bin' }],
  directories: ['/lib64'],
};
const container = { type: 'container', directory: '/workspace/src', environment: { A: 'b' } } as const;
const tool = { type: 'vetted-tool', environment: {}, reads: [{ from: '/sys/host0', to: '/source' }] } as const;

describe('the options of bwrap for', () => {
  test.for<[string, SandboxPolicy]>([
    ['a container of the builder', { ...container, identity: 'builder' }],
    ['a container of root', { ...container, identity: 'root' }],
    ['a vetted tool with network', { ...tool, identity: 'builder', network: true }],
    ['a vetted tool of root without network', { ...tool, identity: 'root', network: false, reads: [] }],
  ])('%s are these', ([, policy]) => {
    const lines = bwrapArgv(policy, layout)
      .join(' ')
      .replaceAll(/ (?=--)/g, '\n');
    expect(lines).toMatchSnapshot();
  });
});

test('what is mounted in a container before bwrap takes it over is this', () => {
  expect(containerView().map(({ what, where }) => `${what} on ${where}`)).toEqual([
    'devices on /dev',
    'memory/shm on /dev/shm',
    'read-only on /dev',
    'memory/tmp on /tmp',
    'memory/run on /run',
    'memory/home on /home',
    'workspace on /workspace',
  ]);
});
