import { ContractorError } from '../../errors.ts';
import type { JsonObject, Step } from '../../spec-schema/build-spec.ts';
import { NAME_PATTERN, RELATIVE_PATH_PATTERN } from '../../spec-schema/names.ts';
import { CONTAINER_NAME } from './container-name.ts';
import type { CommandOf, OwnCommand } from './own-action.ts';
import { wordsOf } from './thrown-words.ts';

const NAME = new RegExp(NAME_PATTERN, 'u');
const RELATIVE_PATH = new RegExp(RELATIVE_PATH_PATTERN, 'u');
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;
const KEYS: ReadonlySet<string> = new Set(['command', 'environment', 'directory', 'files']);

/** What an own action runs for a step, checked: it comes from a program that may give anything. @throws ACTION_BROKEN */
export function commandOfStep(step: Step, commandOf: CommandOf): OwnCommand {
  let given: unknown;
  let fault: string | undefined;
  try {
    given = commandOf(parametersFor(step));
    fault = faultOf(given);
    // A copy, as what has been looked at may be another thing when it is looked at again.
    if (fault === undefined) given = structuredClone(given);
  } catch (cause) {
    throw broken(step, `has thrown: ${wordsOf(cause)}`, cause);
  }
  fault ??= faultOf(given);
  if (fault !== undefined) throw broken(step, `has given no command that can be run: ${fault}`);
  return given as OwnCommand;
}

/** A copy of the parameters that are the action's own, so that no code of it changes the step. */
export function parametersFor({ parameters }: Step): JsonObject {
  const { [CONTAINER_NAME]: _, ...own } = parameters;
  return structuredClone(own);
}

function faultOf(given: unknown): string | undefined {
  if (!isRecord(given)) return 'it is no object';
  const key = Object.keys(given).find((each) => !KEYS.has(each));
  if (key !== undefined) return `there is no \`${key}\``;
  const { command, environment = {}, directory = 'x', files = {} } = given;
  if (!Array.isArray(command) || !command.every(isText) || command.length === 0 || command[0] === '') {
    return '`command` is no list of texts';
  }
  if (
    !isRecord(environment) ||
    !Object.entries(environment).every(([name, value]) => VARIABLE.test(name) && isText(value))
  ) {
    return '`environment` has what is no variable';
  }
  if (typeof directory !== 'string' || !RELATIVE_PATH.test(directory)) return '`directory` is no path in the workspace';
  if (
    !isRecord(files) ||
    !Object.entries(files).every(([name, value]) => NAME.test(name) && typeof value === 'string')
  ) {
    return '`files` has what is no name with a text';
  }
  return undefined;
}

function broken(step: Step, what: string, cause?: unknown): ContractorError {
  return new ContractorError(
    'ACTION_BROKEN',
    `The \`command\` of the action \`${step.action}\` ${what}.`,
    'Correct the action, in the program that defines it.',
    { cause },
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What an argument or a variable can be. */
function isText(value: unknown): boolean {
  return typeof value === 'string' && !value.includes('\0');
}
