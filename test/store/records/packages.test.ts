import { expect, test } from 'vitest';
import { openStore } from '../../../store/open-store.ts';
import { PACKAGES, sampleArtifact, sampleRun } from '../sample-records.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

test('the packages of a tree are noted when it is made again by a version that can', () => {
  const store = openStore(temporaryDirectory());
  store.createRun(sampleRun('r1'));
  store.recordArtifactVersion(sampleArtifact('tree', 'aa'));
  store.recordArtifactVersion(sampleArtifact('tree', 'aa', { packages: PACKAGES }));
  expect(store.findArtifact('tree')).toMatchObject({ version: 1, packages: PACKAGES });
  store.recordArtifactVersion(sampleArtifact('tree', 'aa', { packages: [] }));
  expect(store.findArtifact('tree')).toMatchObject({ version: 1, packages: PACKAGES });
  store.close();
});
