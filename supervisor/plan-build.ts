import type { ActionSet } from '../actions/action-set.ts';
import type { IdMap } from '../sandbox/id-map.ts';
import { attemptLimits, hostSizes } from '../sandbox/limits/attempt-limits.ts';
import type { HostSizes } from '../sandbox/limits/attempt-limits.ts';
import type { ControlGroups } from '../sandbox/limits/control-groups.ts';
import { limitFindings } from '../sandbox/limits/limit-findings.ts';
import { UNIT_OF_LIMIT } from '../sandbox/limits/limit-name.ts';
import type { LimitName } from '../sandbox/limits/limit-name.ts';
import type { BuildSpec, Step } from '../spec-schema/build-spec.ts';
import type { Store } from '../store/open-store.ts';
import type { Assessment } from './assess/assessment.ts';
import { expectedOfStep, networkBounds } from './expected-of-step.ts';
import { shownGroups } from './host-groups.ts';
import type { Plan, PlannedLimit } from './plan.ts';
import { missingOf } from './placement/host-traits.ts';
import { thisHost } from './placement/this-host.ts';
import { chosenProjects } from './spec-source.ts';

interface PlanHost {
  readonly groups: ControlGroups;
  readonly host: HostSizes;
}

/** What a build of `names` would do, each step with its isolation. Runs nothing of it. */
export async function planBuild(
  spec: BuildSpec,
  {
    names,
    dependents = false,
    assessment,
    store,
    actions,
    bootId,
    idMap,
  }: {
    readonly names: readonly string[] | undefined;
    readonly dependents?: boolean | undefined;
    /** How it stands with its projects, where that is known. */
    readonly assessment?: Assessment | undefined;
    readonly store: Store;
    readonly actions: ActionSet;
    readonly bootId: string;
    readonly idMap: () => IdMap;
  },
): Promise<Plan> {
  const projects = chosenProjects(spec, names, { dependents });
  const states = new Map(assessment?.projects.map((state) => [state.project, { state }]));
  const groups = await shownGroups(store, { bootId, idMap });
  const host = hostSizes(store.paths.trees);
  const bounds = await networkBounds(
    projects.flatMap(({ steps }) => steps),
    actions,
  );
  return {
    ...(assessment === undefined || assessment.trusted.length === 0 ? {} : { trusted: assessment.trusted }),
    projects: projects.map(({ name, dependsOn, runsOn, checkpoint, steps }) => ({
      name,
      ...states.get(name),
      dependsOn,
      ...(runsOn === undefined ? {} : { runsOn: { ...runsOn, missing: missingOf(runsOn, thisHost()) } }),
      ...(checkpoint === undefined ? {} : { checkpoint }),
      steps: steps.map((step) => {
        const isolation = actions.named(step.action).isolation(step);
        const expected = expectedOfStep(step, {
          steps,
          actions,
          limits: attemptLimits(step.limits ?? {}, groups, host),
          bounds,
        });
        return {
          id: step.id,
          title: step.title,
          isolation,
          ...(expected === undefined ? {} : { expected }),
          ...(step.timeoutMs === undefined ? {} : { timeoutMs: step.timeoutMs }),
          retries: step.retries ?? 0,
          ...(isolation.runsIn === 'contractor' ? {} : { limits: plannedLimits(step, { groups, host }) }),
        };
      }),
    })),
    limits: limitFindings(groups),
  };
}

function plannedLimits(step: Step, { groups, host }: PlanHost): PlannedLimit[] {
  const given = step.limits ?? {};
  const isGiven: Readonly<Partial<Record<LimitName, boolean>>> = {
    memory: given.memoryBytes !== undefined,
    processes: given.processes !== undefined,
    'open-files': given.openFiles !== undefined,
    'cpu-time': given.cpuTimeMs !== undefined,
    disk: given.diskBytes !== undefined,
    tmp: given.tmpBytes !== undefined,
    output: given.outputBytes !== undefined,
  };
  const { values } = attemptLimits(given, groups, host);
  return (Object.entries(values) as [LimitName, number][]).map(([limit, value]) => ({
    limit,
    value,
    unit: UNIT_OF_LIMIT[limit],
    isGiven: isGiven[limit] ?? false,
  }));
}
