import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { actionSet } from '../../actions/action-set.ts';
import { lockedPackages } from '../../actions/package-lock.ts';
import { ContractorError } from '../../errors.ts';
import type { Step } from '../../spec-schema/build-spec.ts';
import { lockedSpec, parametersDigest } from '../../supervisor/apply-lock.ts';
import { lockFileText, lockPath, readLock } from '../../supervisor/package-lock.ts';
import type { PackageLock } from '../../supervisor/package-lock.ts';

const directory = mkdtempSync(join(tmpdir(), 'contractor-lock-'));
afterAll(() => rmSync(directory, { recursive: true }));

const step = (parameters: Step['parameters']): Step => ({
  ...{ id: '1-debootstrap', title: 't', action: 'debootstrap', continueOnFailure: false },
  parameters,
});
const specOf = (one: Step) => ({ projects: [{ name: 'p', dependsOn: [], steps: [one] }] });
const locked = { name: 'a', version: '1:2-3', architecture: 'all', sha256: 'ab'.repeat(32), origin: 'http://x' };
const lockOf = (one: Step): PackageLock => ({
  format: 'contractor-lock/1',
  steps: [{ project: 'p', step: one.id, parameters: parametersDigest(one), packages: [locked] }],
});

test('a lock lies beside its file, and is read as it was written', () => {
  const path = lockPath(join(directory, 'build.yaml'));
  expect(path).toBe(join(directory, 'build.lock.json'));
  expect(readLock(path)).toBeUndefined();
  const lock = lockOf(step({ suite: 'sid' }));
  writeFileSync(path, lockFileText(lock));
  expect(readLock(path)).toEqual(lock);
});

test('[A-180] its packages are part of the step, and it is refused for a step that asks for something else', () => {
  const one = step({ suite: 'sid', packages: ['a'] });
  const [project] = lockedSpec(specOf(one), { lock: lockOf(one), path: 'l', actions: actionSet() }).projects;
  expect(project?.steps[0] && lockedPackages(project.steps[0])).toEqual([locked]);
  expect(project?.steps[0] && parametersDigest(project.steps[0])).toBe(parametersDigest(one));
  const other = step({ suite: 'sid', packages: ['a', 'b'] });
  expect(() => lockedSpec(specOf(other), { lock: lockOf(one), path: 'l', actions: actionSet() })).toThrow(
    expect.objectContaining({
      code: 'LOCK_UNFIT',
      message: expect.stringContaining('other parameters of the step `p:1-debootstrap`'),
    }),
  );
  expect(() =>
    lockedSpec(specOf(one), { lock: { ...lockOf(one), steps: [] }, path: 'l', actions: actionSet() }),
  ).toThrow(/does not have the step/);
});

const readOr = (path: string, otherwise: (error: ContractorError) => string): PackageLock | string | undefined => {
  try {
    return readLock(path);
  } catch (error) {
    if (error instanceof ContractorError) return otherwise(error);
    throw error;
  }
};

test('what is no lock is refused, and none that is taken has more than words in it', () => {
  const path = join(directory, 'hostile.json');
  const word = fc.oneof(fc.constantFrom('a', '1\nPackage: *', 'x y', '', '1', null, 3), fc.string());
  const hostile = fc.record(
    { name: word, version: word, architecture: word, origin: word, sha256: word },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.array(hostile, { maxLength: 2 }), (packages) => {
      const value = { format: 'contractor-lock/1', steps: [{ project: 'p', step: 's', parameters: 'd', packages }] };
      writeFileSync(path, JSON.stringify(value));
      const read = readOr(path, (error) => error.code);
      const taken = typeof read === 'string' ? [] : (read?.steps[0]?.packages ?? []);
      expect(typeof read !== 'string' || read === 'LOCK_UNFIT').toBe(true);
      for (const one of taken) expect(Object.values(one).join('')).toMatch(/^[\x21-\x7e]+$/);
    }),
  );
  for (const text of [
    '',
    '[]',
    '{"format":"contractor-lock/2","steps":[]}',
    'null',
    '{"format":"contractor-lock/1"}',
  ]) {
    writeFileSync(path, text);
    expect(() => readLock(path)).toThrow(expect.objectContaining({ code: 'LOCK_UNFIT' }));
  }
});
