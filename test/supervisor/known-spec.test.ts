import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { actionSet } from '../../actions/action-set.ts';
import { LOCKED_PACKAGES } from '../../actions/package-lock.ts';
import type { BuildSpec } from '../../spec-schema/build-spec.ts';
import { openStore } from '../../store/open-store.ts';
import type { Store } from '../../store/open-store.ts';
import { knownSpec, programDigest } from '../../supervisor/known-spec.ts';
import { specDigest, specOf } from '../../supervisor/spec-source.ts';

let directory: string;
let store: Store;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'contractor-known-'));
  store = openStore(join(directory, 'store'));
});
afterEach(() => {
  store.close();
  rmSync(directory, { recursive: true });
});

const TEXT = `projects:
- project: p
  build-steps:
  - action: create-systree
    artifact-name: debian
    container-name: c
  - action: empty-workspace
`;
const actions = actionSet();
const HELD = new Set(['debian']);
const source = (text = TEXT): { fileName: string; text: string } => ({ fileName: join(directory, 'build.yaml'), text });
const read = (): BuildSpec => specOf(source(), { heldArtifacts: HELD, actions });

function built(spec: BuildSpec, readBy: string | undefined): void {
  store.createRun({
    id: 'r1',
    createdAt: 1,
    specName: 'build.yaml',
    specText: TEXT,
    specDigest: specDigest(TEXT),
    source: source().fileName,
    spec,
    projects: ['p'],
    options: { directory, ...(readBy === undefined ? {} : { readBy }) },
  });
}

const known = (text?: string, heldArtifacts: ReadonlySet<string> = HELD, program: string | undefined = 'this') =>
  knownSpec(source(text), { store, actions, heldArtifacts, program });

describe('a specification that was built', () => {
  test('is what this program read it to be, while its text is the same', () => {
    built(read(), 'this');
    expect(known()).toEqual(read());
    expect(known(`${TEXT}# more\n`)).toBeUndefined();
  });

  test('is read again by another program, and by one that is not built', () => {
    built(read(), 'this');
    expect(known(TEXT, HELD, 'another')).toBeUndefined();
    expect(knownSpec(source(), { store, actions, heldArtifacts: HELD, program: undefined })).toBeUndefined();
  });

  test('is read again when an artifact that it takes is gone, so that the problem has its place', () => {
    built(read(), 'this');
    expect(known(TEXT, new Set())).toBeUndefined();
  });

  test('is read again when a lock was laid over it', () => {
    const spec = read();
    const [project] = spec.projects;
    const steps = project?.steps.map((step) => ({
      ...step,
      parameters: { ...step.parameters, [LOCKED_PACKAGES]: [] },
    }));
    built({ ...spec, projects: [{ ...project, steps } as BuildSpec['projects'][number]] }, 'this');
    expect(known()).toBeUndefined();
  });

  test('is read again when it was never built, or by a checkout', () => {
    expect(known()).toBeUndefined();
    built(read(), undefined);
    expect(known()).toBeUndefined();
    // A checkout's code changes between two builds, and neither says what read the text.
    expect(knownSpec(source(), { store, actions, heldArtifacts: HELD, program: undefined })).toBeUndefined();
  });
});

describe('the digest of the program', () => {
  test('is of every file of the built one, and a checkout has none', () => {
    const module = pathToFileURL(join(directory, 'library.js')).href;
    writeFileSync(join(directory, 'library.js'), 'one');
    const before = programDigest(module);
    writeFileSync(join(directory, 'other.js'), 'two');
    expect(programDigest(module)).not.toBe(before);
    rmSync(join(directory, 'other.js'));
    expect(programDigest(module)).toBe(before);
    expect(programDigest(pathToFileURL(join(directory, 'library.ts')).href)).toBeUndefined();
  });
});
