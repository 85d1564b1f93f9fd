import { afterEach, expect, test } from 'vitest';
import { checkHost } from '../../sandbox/host-check.ts';
import { runMessage } from '../../sandbox/keeper-job.ts';

const arch = Object.getOwnPropertyDescriptor(process, 'arch') ?? {};
afterEach(() => {
  Object.defineProperty(process, 'arch', arch);
});

test('on an architecture whose calls cannot be filtered no job is handed over, and doctor says so', async () => {
  Object.defineProperty(process, 'arch', { ...arch, value: 'riscv64' });
  const policy = { type: 'container', identity: 'builder', directory: '/', environment: {} } as const;
  const job = {
    attempt: 'a',
    lower: [],
    layer: 'l',
    policy,
    files: [],
    command: ['/bin/true'],
    limits: { values: {}, grouped: [] },
  };
  expect(() => runMessage(job)).toThrow(expect.objectContaining({ code: 'HOST_UNSUITABLE' }));
  const findings = await checkHost('/nonexistent');
  expect(findings.find(({ name }) => name === 'system-calls')).toMatchObject({ state: 'missing' });
  expect(findings.map(({ name }) => name)).not.toContain('container');
});
