import type { Action } from '../actions/action.ts';
import { allActions } from '../actions/all-actions.ts';

/** The action of a name that the parser has let pass. */
export function actionNamed(name: string): Action {
  const action = allActions.find((each) => each.declaration.name === name);
  if (action === undefined) throw new Error(`no action ${name}`);
  return action;
}
