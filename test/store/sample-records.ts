import type { NewArtifactVersion } from '../../store/records/artifacts.ts';
import type { NewAttempt } from '../../store/records/attempts.ts';
import type { NewRun } from '../../store/records/runs.ts';
import type { InstalledPackage } from '../../store/trees/installed-packages.ts';

/** What a system tree has. */
export const PACKAGES: readonly InstalledPackage[] = [{ name: 'base-files', version: '12', architecture: 'amd64' }];

/** A run of two projects, `compile` and `pack`. */
export function sampleRun(id: string, more: Partial<NewRun> = {}): NewRun {
  return {
    id,
    createdAt: 1000,
    specName: 'build.yaml',
    specText: 'projects: []',
    specDigest: 'ab'.repeat(32),
    spec: { projects: [] },
    projects: ['compile', 'pack'],
    options: { jobs: 2 },
    ...more,
  };
}

export function sampleAttempt(id: string, more: Partial<NewAttempt> = {}): NewAttempt {
  return {
    id,
    run: 'r1',
    project: 'compile',
    step: '1 shell make',
    number: 1,
    machineAttempt: 1,
    keeper: 'k1',
    bootId: 'boot',
    startedAt: 2000,
    ...more,
  };
}

export function sampleArtifact(
  name: string,
  digest: string,
  more: Partial<NewArtifactVersion> = {},
): NewArtifactVersion {
  return {
    name,
    digest,
    entries: 3,
    files: 2,
    sizeBytes: 100,
    createdAt: 3000,
    bootId: 'boot',
    madeBy: { run: 'r1', project: 'compile', step: '2 create-artifact tree' },
    ...more,
  };
}
