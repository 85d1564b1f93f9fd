import type { ActionSet } from '../../actions/action-set.ts';
import { LOCKED_PACKAGES } from '../../actions/package-lock.ts';
import { ContractorError } from '../../errors.ts';
import { amountText } from '../../machines/limit-hit.ts';
import type { LimitName } from '../../machines/limit-hit.ts';
import { attemptLimits } from '../../sandbox/limits/attempt-limits.ts';
import type { HostSizes } from '../../sandbox/limits/attempt-limits.ts';
import { NO_CONTROL_GROUPS } from '../../sandbox/limits/control-groups.ts';
import { UNIT_OF_LIMIT } from '../../sandbox/limits/limit-name.ts';
import type { Json, Project, Step } from '../../spec-schema/build-spec.ts';
import type { BuildPolicy } from '../../spec-schema/build-policy.ts';

/** What of a project a policy does not admit. */
export interface PolicyViolation {
  readonly project: string;
  readonly step: string;
  /** The rule, as it is called in the policy: `tools`, `hosts`, `limits.memory`. */
  readonly rule: string;
  readonly why: string;
}

interface PolicyWorld {
  readonly actions: ActionSet;
  /** What defaults of limits are made of. */
  readonly host: HostSizes;
}

/** Pure: all that `policy` does not admit of `projects`. Of contractor's own work there is nothing to admit. */
export function policyViolations(
  projects: readonly Project[],
  policy: BuildPolicy,
  world: PolicyWorld,
): readonly PolicyViolation[] {
  return projects.flatMap(({ name, steps }) =>
    steps.flatMap((step) => {
      const { runsIn, network } = world.actions.named(step.action).isolation(step);
      if (runsIn === 'contractor') return [];
      const found = [
        ...(runsIn === 'vetted-tool' ? toolRule(step, policy) : []),
        ...(network ? hostRule(step, policy) : []),
        ...limitRules(step, policy, world),
      ];
      return found.map((each) => ({ project: name, step: step.id, ...each }));
    }),
  );
}

/** @throws POLICY_REFUSES */
export function assertAdmitted(projects: readonly Project[], policy: BuildPolicy, world: PolicyWorld): void {
  const found = policyViolations(projects, policy, world);
  if (found.length === 0) return;
  const words = found.map(({ project, step, rule, why }) => `\`${project}:${step}\` ${why} (rule \`${rule}\`)`);
  throw new ContractorError(
    'POLICY_REFUSES',
    `The policy does not admit what is to be built: ${words.join('; ')}.`,
    'Change what the message names, or build it where the policy admits it.',
  );
}

type Found = Pick<PolicyViolation, 'rule' | 'why'>;

function toolRule({ action }: Step, { tools }: BuildPolicy): readonly Found[] {
  if (tools === undefined || tools.includes(action)) return [];
  return [{ rule: 'tools', why: `uses the tools of \`${action}\`` }];
}

/** An address is whatever looks like one, in any parameter: an action that gets another parameter is held to it too. */
function hostRule({ parameters }: Step, { hosts }: BuildPolicy): readonly Found[] {
  if (hosts === undefined) return [];
  const named = new Set<string>();
  for (const [key, value] of Object.entries(parameters)) {
    // Where packages came from, and not from where they are fetched.
    if (key !== LOCKED_PACKAGES) for (const address of addressesIn(value)) named.add(address);
  }
  const found = [...named]
    .filter((address) => !isAdmitted(address, hosts))
    .map((address) => ({ rule: 'hosts', why: `fetches from \`${address}\`` }));
  // Their addresses are in the repository, which nobody has seen yet.
  const open = parameters['submodules'] === true ? [{ rule: 'hosts', why: 'fetches submodules from anywhere' }] : [];
  return [...found, ...open];
}

function addressesIn(value: Json | undefined): readonly string[] {
  if (typeof value === 'string') return value.match(/[a-z][a-z0-9+.-]*:\/\/[^\s]+/gi) ?? [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap((part: Json) => addressesIn(part));
}

/** What is no address that can be read is admitted by no rule. */
function isAdmitted(address: string, hosts: readonly string[]): boolean {
  const hostname = URL.parse(address)?.hostname.toLowerCase() ?? '';
  const name = hostname.endsWith('.') ? hostname.slice(0, -1) : hostname;
  return name !== '' && hosts.some((rule) => (rule.startsWith('*.') ? name.endsWith(rule.slice(1)) : name === rule));
}

function limitRules(step: Step, { limits: most = {}, timeoutMs }: BuildPolicy, { host }: PolicyWorld): Found[] {
  const given = step.limits ?? {};
  const { values } = attemptLimits(given, NO_CONTROL_GROUPS, host);
  const pairs: readonly (readonly [LimitName, number | undefined, number | undefined])[] = [
    ['memory', given.memoryBytes ?? values.memory, most.memoryBytes],
    ['processes', given.processes ?? values.processes, most.processes],
    ['open-files', given.openFiles ?? values['open-files'], most.openFiles],
    ['cpu-time', given.cpuTimeMs, most.cpuTimeMs],
    ['disk', given.diskBytes, most.diskBytes],
    ['tmp', given.tmpBytes ?? values.tmp, most.tmpBytes],
    ['output', given.outputBytes ?? values.output, most.outputBytes],
  ];
  const found = pairs.flatMap(([limit, asked, bound]) => {
    if (bound === undefined || (asked !== undefined && asked <= bound)) return [];
    return [exceeds(limit, { asked, bound, unit: UNIT_OF_LIMIT[limit] })];
  });
  const isTooLong = timeoutMs !== undefined && (step.timeoutMs === undefined || step.timeoutMs > timeoutMs);
  return isTooLong ? [...found, exceeds('timeout', { asked: step.timeoutMs, bound: timeoutMs, unit: 'ms' })] : found;
}

function exceeds(
  limit: string,
  {
    asked,
    bound,
    unit,
  }: {
    readonly asked: number | undefined;
    readonly bound: number;
    readonly unit: Parameters<typeof amountText>[1];
  },
): Found {
  const what =
    asked === undefined ? `has no limit of \`${limit}\`` : `may have \`${limit}\` of ${amountText(asked, unit)}`;
  return { rule: `limits.${limit}`, why: `${what}, and at most ${amountText(bound, unit)} is admitted` };
}
