import { ContractorError } from '../errors.ts';
import type { ActionDeclaration } from '../spec-schema/action-declaration.ts';
import type { Action } from './action.ts';
import { allActions } from './all-actions.ts';

/** What the steps of a supervisor's specifications can do. Each supervisor has its own: nothing of it is global. */
export interface ActionSet {
  /** What a specification needs to know of them. */
  readonly declarations: readonly ActionDeclaration[];
  /** @throws ACTION_NOT_GIVEN of a step that a supervisor with other actions has recorded */
  named(name: string): Action;
}

/** The built-in actions and these. Their names are known to differ. */
export function actionSet(own: readonly Action[] = []): ActionSet {
  const all = [...allActions, ...own];
  const byName = new Map(all.map((action) => [action.declaration.name, action]));
  return {
    declarations: all.map(({ declaration }) => declaration),
    named: (name) => {
      const action = byName.get(name);
      if (action === undefined) throw unknownAction(name);
      return action;
    },
  };
}

function unknownAction(name: string): ContractorError {
  return new ContractorError(
    'ACTION_NOT_GIVEN',
    `The action \`${name}\` is none of contractor's, and was not given to this supervisor. Nothing was done.`,
    `Do it in the program that defines it: \`createSupervisor({ actions: [...] })\` with \`${name}\`.`,
  );
}
