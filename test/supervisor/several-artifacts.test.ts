import { expect, test } from 'vitest';
import { actionSet } from '../../actions/action-set.ts';
import { declarations } from '../../actions/all-actions.ts';
import { parseBuildSpecObject } from '../../spec-schema/parse-build-spec.ts';
import { causeOfChange } from '../../supervisor/assess/cause-of-change.ts';
import { stepKey, stepKeyInputs } from '../../supervisor/step-key.ts';

const makes = (name: string): object => ({
  project: `makes-${name}`,
  'build-steps': [{ action: 'empty-workspace' }, { action: 'create-artifact', 'artifact-name': name }],
});
const takes = (...names: string[]): object => ({
  project: 'takes',
  'build-steps': [{ action: 'debootstrap', suite: 'sid', 'packages-from': names }],
});
const parse = (projects: readonly object[], held: readonly string[] = []) =>
  parseBuildSpecObject({ projects }, { actions: declarations, heldArtifacts: new Set(held) });

test('a project waits for the makers of all the artifacts that a list of it names', () => {
  const parsed = parse([takes('a', 'b', 'held'), makes('a'), makes('b')], ['held']);
  expect(parsed).toMatchObject({ type: 'parsed' });
  expect(parsed.type === 'parsed' && parsed.spec.projects[0]?.dependsOn).toEqual(['makes-a', 'makes-b']);
});

test('one of a list that nobody makes is a problem', () => {
  const parsed = parse([takes('a', 'aa'), makes('a')]);
  expect(parsed.type === 'invalid' && parsed.problems).toMatchObject([{ code: 'ARTIFACT_UNKNOWN' }]);
});

test('the key of a step has the digests of all the artifacts that it takes, and says which is another', () => {
  const step = { id: '1', title: 't', action: 'debootstrap', parameters: {}, continueOnFailure: false };
  const keyOf = (...digests: string[]) =>
    stepKeyInputs(step, {
      action: {},
      tree: { workspace: [], containers: {} },
      artifacts: digests.map((digest, index) => ({ name: `a${index}`, version: 1, digest })),
    });
  const keys = [keyOf(), keyOf('x'), keyOf('y'), keyOf('x', 'y'), keyOf('x', 'z')];
  expect(new Set(keys.map(stepKey)).size).toBe(keys.length);
  expect(keyOf('x')).toMatchObject({ artifact: 'x' });
  const store = { listVersionsWithTree: () => [] };
  const changed = { before: keyOf('x', 'y'), now: keyOf('x', 'z') };
  expect(causeOfChange(step, changed, { store, actions: actionSet() })).toMatchObject({
    type: 'artifact-changed',
    artifact: 'a1',
  });
  expect(
    causeOfChange(step, { before: keyOf('x', 'y'), now: keyOf('x', 'y') }, { store, actions: actionSet() }),
  ).toBeUndefined();
});
