import type { Action } from '../action.ts';
import { assertDefinition, assertDifferent } from './assert-definition.ts';
import type { OwnAction } from './own-action.ts';
import { programAction } from './program-action.ts';
import { containerAction, toolAction } from './sandboxed-action.ts';

/** Own actions as what a supervisor works with, by what they say now: what is changed in them later is not seen. @throws ACTION_INVALID */
export function actionsOf(given: readonly OwnAction[]): readonly Action[] {
  for (const each of given) assertDefinition(each);
  assertDifferent(given);
  return given.map(actionOf);
}

function actionOf(given: OwnAction): Action {
  if (isOf(given, 'container')) return containerAction(given);
  return isOf(given, 'vetted-tool') ? toolAction(given) : programAction(given);
}

type Of<RunsIn extends OwnAction['isolation']['runsIn']> = Extract<OwnAction, { isolation: { runsIn: RunsIn } }>;

function isOf<RunsIn extends OwnAction['isolation']['runsIn']>(
  action: OwnAction,
  runsIn: RunsIn,
): action is Of<RunsIn> {
  return action.isolation.runsIn === runsIn;
}
