import { ContractorError } from '../errors.ts';
import { amountText } from '../machines/limit-hit.ts';
import type { LimitUnit } from '../machines/limit-hit.ts';
import type { BuildSpec, Project, Step } from '../spec-schema/build-spec.ts';
import type { FoundProblem } from '../spec-schema/parse-build-spec.ts';
import type { Limits } from '../spec-schema/step-limits.ts';

/**
 * What a program lets each step of its supervisor use up: all of it where the specification says nothing, and never more.
 * What is absent is left to the specification and to the defaults of the host.
 */
export interface StepLimits extends Omit<Limits, 'strict'> {
  /** How long one attempt may take. */
  readonly timeoutMs?: number;
}

/** Each with what a specification calls it, and what it is counted in. */
export const STEP_LIMITS: Readonly<Record<keyof StepLimits, { readonly word: string; readonly unit: LimitUnit }>> = {
  memoryBytes: { word: 'memory', unit: 'bytes' },
  processes: { word: 'processes', unit: 'processes' },
  openFiles: { word: 'open-files', unit: 'files' },
  cpuTimeMs: { word: 'cpu-time', unit: 'ms' },
  diskBytes: { word: 'disk', unit: 'bytes' },
  tmpBytes: { word: 'tmp', unit: 'bytes' },
  outputBytes: { word: 'output', unit: 'bytes' },
  timeoutMs: { word: 'timeout', unit: 'ms' },
};

const NAMES = Object.keys(STEP_LIMITS) as (keyof StepLimits)[];

/** The specification, each step with these limits where it has none of its own. @throws LIMIT_EXCEEDED */
export function limitedSpec(spec: BuildSpec, limits: StepLimits = {}): BuildSpec {
  if (NAMES.every((name) => limits[name] === undefined)) return spec;
  const projects = spec.projects.map((project) => ({
    ...project,
    steps: project.steps.map((step) => limitedStep(step, limits)),
  }));
  assertWithinLimits(projects, limits);
  return { ...spec, projects };
}

/** The step with these limits where it has none of its own. */
export function limitedStep(step: Step, { timeoutMs, ...limits }: StepLimits = {}): Step {
  const all = { ...limits, ...step.limits };
  const time = step.timeoutMs ?? timeoutMs;
  return {
    ...step,
    ...(time === undefined ? {} : { timeoutMs: time }),
    ...(Object.keys(all).length === 0 ? {} : { limits: all }),
  };
}

/**
 * Refuses steps that may use up more than that, before any of their work. One without a limit, as a supervisor without these
 * has recorded it, may too.
 *
 * @throws LIMIT_EXCEEDED
 */
export function assertWithinLimits(projects: readonly Project[], limits: StepLimits = {}): void {
  const found = projects.flatMap(({ name, steps }) =>
    steps.flatMap((step) => excessesOf(step, limits).map((excess) => `${name}:${step.id}: ${excess}`)),
  );
  const [first] = found;
  if (first === undefined) return;
  const more = found.length === 1 ? '' : ` So do ${found.length - 1} more.`;
  throw new ContractorError(
    'LIMIT_EXCEEDED',
    `A step may use up more than this program lets it. ${first}.${more}`,
    'Lower the limits in the specification, or ask who runs the program for more. A run that was begun under other limits is cancelled, and built anew.',
  );
}

/** The same as problems of a specification, at the steps. */
export function limitProblems({ projects }: BuildSpec, limits: StepLimits = {}): FoundProblem[] {
  return projects.flatMap(({ steps }, projectIndex) =>
    steps.flatMap((step, stepIndex) =>
      excessesOf(limitedStep(step, limits), limits).map((message) => ({
        path: ['projects', projectIndex, 'build-steps', stepIndex],
        code: 'WRONG_VALUE' as const,
        message,
      })),
    ),
  );
}

/** Whether both are held to the same. */
export function haveSameLimits(one: Step, other: Step): boolean {
  return NAMES.every((name) => ofStep(one, name) === ofStep(other, name));
}

function excessesOf(step: Step, limits: StepLimits): string[] {
  return NAMES.flatMap((name) => {
    const most = limits[name];
    const given = ofStep(step, name);
    if (most === undefined || (given !== undefined && given <= most)) return [];
    const { word, unit } = STEP_LIMITS[name];
    const asked = given === undefined ? `no \`${word}\`` : `\`${word}\` of ${amountText(given, unit)}`;
    return [`the step has ${asked}, and may have ${amountText(most, unit)}`];
  });
}

function ofStep(step: Step, name: keyof StepLimits): number | undefined {
  return name === 'timeoutMs' ? step.timeoutMs : step.limits?.[name];
}
