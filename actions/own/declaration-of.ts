import type { ActionDeclaration } from '../../spec-schema/action-declaration.ts';
import { nameSchema } from '../../spec-schema/names.ts';
import { CONTAINER_NAME } from './container-name.ts';
import type { OwnAction } from './own-action.ts';

/** What a specification needs to know of an own action: a copy, so that it stays as it was checked. */
export function declarationOf({
  name,
  description,
  parameters = {},
  required = [],
  titleParameter,
  isolation,
}: OwnAction): ActionDeclaration {
  const inContainer = isolation.runsIn === 'container';
  const container = nameSchema('The container, as a `create-systree` step before named it.');
  return {
    name,
    description,
    parameters: structuredClone({ ...(inContainer ? { [CONTAINER_NAME]: container } : {}), ...parameters }),
    required: [...(inContainer ? [CONTAINER_NAME] : []), ...required],
    ...(titleParameter === undefined ? {} : { titleParameter }),
    ...(inContainer ? { usesContainer: CONTAINER_NAME } : {}),
  };
}
