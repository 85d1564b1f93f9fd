import { ContractorError } from '../../errors.ts';
import { NAME_PATTERN } from '../../spec-schema/names.ts';
import { parameterSchemaFault } from '../../spec-schema/parameter-schema-fault.ts';
import { COMMON_STEP_KEYS } from '../../spec-schema/step-schema.ts';
import { allActions } from '../all-actions.ts';
import { CONTAINER_NAME } from './container-name.ts';
import type { OwnAction } from './own-action.ts';

const ACTION_NAME = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
const PRINTABLE_LINE = /^(?=.*\S)[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]{1,1000}$/u;
const NAME = new RegExp(NAME_PATTERN, 'u');

const KEYS_OF_ALL = [
  ...['name', 'description', 'version', 'parameters', 'required', 'titleParameter'],
  'isolation',
] as const;
const KEYS_OF = {
  container: ['command', 'temporaryStatus'],
  'vetted-tool': ['command', 'temporaryStatus', 'tools'],
  contractor: ['run'],
} as const;

/**
 * Refuses a definition that is not whole, or says what nobody would hold it to: a program that is not checked by a
 * compiler may give anything.
 *
 * @throws ACTION_INVALID
 */
export function assertDefinition(given: OwnAction): void {
  if (!isRecord(given)) throw invalid('', 'is no object', 'Make it with `defineAction`.');
  const { name } = given as Partial<OwnAction>;
  if (typeof name !== 'string' || name.length > 60 || !ACTION_NAME.test(name)) {
    throw invalid(String(name), 'has no usable `name`', 'Use lower-case letters, digits and single hyphens.');
  }
  if (allActions.some(({ declaration }) => declaration.name === name)) {
    throw invalid(name, 'has the name of a built-in action', 'Give it another name.');
  }
  const fault = faultOf(given);
  if (fault !== undefined) throw invalid(name, ...fault);
}

/** @throws ACTION_INVALID when two have the same name */
export function assertDifferent(actions: readonly OwnAction[]): void {
  const seen = new Set<string>();
  for (const { name } of actions) {
    if (seen.has(name)) throw invalid(name, 'is given twice', 'Give one of the two another name.');
    seen.add(name);
  }
}

type Told = readonly [what: string, mend: string];

function faultOf(given: OwnAction): Told | undefined {
  const { description, version } = given as Partial<OwnAction>;
  if (!isLine(description)) return ['has no `description`', 'Say in one line what it does.'];
  if (!isLine(version)) return ['has no `version`', 'Give it a text, and another one when it does something else.'];
  return isolationFault(given) ?? parametersFault(given) ?? serviceFault(given);
}

function isolationFault(given: OwnAction): Told | undefined {
  const isolation: unknown = given.isolation;
  const kinds = 'Say `container`, `vetted-tool` or `contractor`.';
  if (!isRecord(isolation)) return ['has no `isolation`', kinds];
  const { runsIn, network, ports, ...more } = isolation;
  if (typeof runsIn !== 'string' || !Object.hasOwn(KEYS_OF, runsIn)) return ['runs in nothing that there is', kinds];
  const [key] = Object.keys(more);
  if (key !== undefined) return [`has an isolation with \`${key}\`, which there is not`, 'Take it away.'];
  if (runsIn !== 'vetted-tool') {
    if (network === undefined && ports === undefined) return undefined;
    return runsIn === 'container'
      ? ['wants a network in a container', 'A container has none. Fetch in a step before, by a vetted tool.']
      : ['says of its own code what nobody would hold it to', 'Take `network` and `ports` from its isolation.'];
  }
  if (network === false) {
    return ports === undefined ? undefined : ['has ports and no network', 'Take `ports` away, or say `network: true`.'];
  }
  if (network !== true) return ['does not say whether it has a network', 'Say `network: true` or `network: false`.'];
  const areFit =
    Array.isArray(ports) &&
    ports.length > 0 &&
    ports.every((port) => Number.isInteger(port) && port > 0 && port < 65536);
  return areFit ? undefined : ['has a network without `ports`', 'List the ports that it connects to, such as 443.'];
}

function parametersFault(given: OwnAction): Told | undefined {
  const { parameters = {}, required = [], titleParameter } = given;
  if (!isRecord(parameters)) return ['has `parameters` that are no object', 'Give a schema for each key.'];
  for (const [key, schema] of Object.entries(parameters)) {
    if (!ACTION_NAME.test(key)) return [`has the parameter \`${key}\``, 'Use lower-case letters, digits and hyphens.'];
    if (key === 'action' || Object.hasOwn(COMMON_STEP_KEYS, key)) {
      return [`has the parameter \`${key}\`, which every step has`, 'Give it another name.'];
    }
    if (key === CONTAINER_NAME) return [`has the parameter \`${key}\``, 'An action of a container has it by itself.'];
    if (!isRecord(schema) || !isLine(schema['description'])) {
      return [`has no \`description\` of the parameter \`${key}\``, 'Say in one line what it is.'];
    }
    const fault = parameterSchemaFault(schema);
    if (fault !== undefined) return [`has a wrong schema of the parameter \`${key}\`: ${fault}`, 'Correct the schema.'];
  }
  const known = Object.keys(parameters);
  if (!isList(required, (key) => known.includes(key))) {
    return ['requires what is none of its parameters', 'Correct `required`.'];
  }
  if (titleParameter === undefined || known.includes(titleParameter)) return undefined;
  return ['is titled by what is none of its parameters', 'Correct `titleParameter`.'];
}

function serviceFault(given: OwnAction): Told | undefined {
  const { runsIn } = given.isolation;
  const mine: ReadonlySet<string> = new Set([...KEYS_OF_ALL, ...KEYS_OF[runsIn]]);
  const foreign = Object.keys(given).find((key) => !mine.has(key));
  if (foreign !== undefined) return [`has \`${foreign}\`, which one in \`${runsIn}\` does not have`, 'Take it away.'];
  const service = runsIn === 'contractor' ? 'run' : 'command';
  if (typeof Reflect.get(given, service) !== 'function') {
    return [`has no function \`${service}\``, 'Give it one: that is what a step of it does.'];
  }
  const { tools, temporaryStatus = [] } = given as { tools?: unknown; temporaryStatus?: unknown };
  if (runsIn === 'vetted-tool' && !(isList(tools, (tool) => NAME.test(tool)) && tools.length > 0)) {
    return ['does not name its `tools`', 'List the programs of the host that it runs, by their names.'];
  }
  const areStatuses =
    Array.isArray(temporaryStatus) &&
    temporaryStatus.every((status) => Number.isInteger(status) && status > 0 && status < 256);
  return areStatuses ? undefined : ['has a wrong `temporaryStatus`', 'List exit statuses from 1 to 255.'];
}

function invalid(name: string, what: string, mend: string): ContractorError {
  return new ContractorError('ACTION_INVALID', `The own action \`${name}\` ${what}.`, mend);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isLine(value: unknown): boolean {
  return typeof value === 'string' && PRINTABLE_LINE.test(value);
}

function isList(value: unknown, isFit: (item: string) => boolean): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string' && isFit(item));
}
