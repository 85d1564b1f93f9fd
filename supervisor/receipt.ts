import { machine, release, type as systemName } from 'node:os';
import type { Action, Isolation, ResolvedInput } from '../actions/action.ts';
import { text } from '../actions/parameters.ts';
import type { Outcome } from '../machines/outcome.ts';
import type { Container } from '../machines/project-tree.ts';
import type { IdMap } from '../sandbox/id-map.ts';
import type { AttemptLimits } from '../sandbox/limits/attempt-limits.ts';
import type { Usage } from '../sandbox/limits/usage.ts';
import { POLICY_VERSION } from '../sandbox/policy.ts';
import type { ToolFact } from '../sandbox/tool-facts.ts';
import type { Witness } from '../sandbox/witness.ts';
import type { InstalledPackage } from '../store/trees/installed-packages.ts';
import type { Step } from '../spec-schema/build-spec.ts';
import { contractorVersion } from './contractor-version.ts';
import type { StepKeyInputs } from './step-key.ts';

/**
 * What was in force around one attempt, what it was made with and of, and how it ended. Plain JSON;
 * docs/receipts.md has each key. A key is never reused for another meaning: a later format has another number.
 */
export interface Receipt {
  readonly format: 'contractor-receipt/1';
  readonly attempt: {
    readonly id: string;
    readonly run: string;
    readonly project: string;
    readonly step: string;
    readonly title: string;
    readonly number: number;
  };
  readonly action: string;
  readonly runsIn: Isolation['runsIn'];
  readonly network: boolean;
  /** Set when a person made it in a shell: nothing of the specification did. What the shell began with. */
  readonly byHand?: HandMade;
  /** Read from the kernel before the command began. Absent where there was no command, or none came so far. */
  readonly witness?: Witness;
  readonly tools: readonly ToolFact[];
  readonly systemTree?: SystemTree;
  /** Of a step that reads files of the host: directories beside the specification's own that the user has let it copy from. */
  readonly allowedSources?: readonly string[];
  /** The step key, and what of it does not lie in the specification. */
  readonly inputs: {
    readonly key?: string;
    /** The digest of the artifact that the step takes. */
    readonly artifact?: string;
    /** The same by name, of one that takes several. */
    readonly artifacts?: Readonly<Record<string, string>>;
    /** A digest of what of the host it reads. */
    readonly host?: string;
    readonly resolved: readonly ResolvedInput[];
  };
  /** The packages that it has installed, by what the tree says. */
  readonly installed?: readonly InstalledPackage[];
  /** `values` in the unit of each; the kernel itself holds the step to those in `grouped`, by its control group. */
  readonly limits: { readonly wallTimeMs?: number } & Partial<AttemptLimits>;
  /** What the step used of what is limited, at the most; absent where no command ran, or while it runs. */
  readonly usage?: Usage;
  readonly contractor: { readonly version: string; readonly policy: number; readonly node: string };
  readonly host: { readonly system: string; readonly kernel: string; readonly machine: string };
  /** Which ids of the host stand for those inside. */
  readonly idMap: Pick<IdMap, 'uid' | 'gid'>;
  readonly startedAt: string;
  /** Both are absent while it runs. */
  readonly endedAt?: string;
  readonly outcome?: Outcome;
}

export interface SystemTree extends Pick<Container, 'artifact' | 'digest' | 'writable'> {
  /** What steps before have changed in it. */
  readonly layers: readonly string[];
}

/** The files that a step was made on by hand: as they were before an attempt, or where that had failed. */
export interface HandMade {
  readonly began: 'before' | 'after';
  readonly attempt: string;
}

/** What is known of an attempt. */
export interface AttemptFacts {
  readonly id: string;
  readonly run: string;
  readonly project: string;
  readonly step: Step;
  readonly number: number;
  /** As it is told, as `endedAt`. */
  readonly startedAt: number;
  readonly end?: {
    readonly endedAt: number;
    readonly outcome: Outcome;
    readonly resolved: readonly ResolvedInput[];
    readonly installed?: readonly InstalledPackage[] | undefined;
  };
  readonly action: Action;
  readonly key?: string | undefined;
  readonly keyInputs: StepKeyInputs | undefined;
  readonly witness: Witness | undefined;
  readonly usage: Usage | undefined;
  readonly tools: readonly ToolFact[];
  /** Of one that runs a command. */
  readonly limits: AttemptLimits | undefined;
  readonly idMap: IdMap;
  /** Of one that was made by hand; and whether the shell had a network. */
  readonly byHand?: HandMade & { readonly network: boolean };
  readonly allowedSources: readonly string[];
}

/** Pure, but for what this process is. */
export function receiptOf(facts: AttemptFacts): Receipt {
  const { id, run, project, step, number, action, keyInputs, end, witness, tools } = facts;
  const { runsIn, network } = action.isolation(step);
  const systemTree = systemTreeOf(facts);
  return {
    format: 'contractor-receipt/1',
    attempt: { id, run, project, step: step.id, title: step.title, number },
    action: step.action,
    runsIn,
    network: facts.byHand?.network ?? network,
    ...(facts.byHand === undefined ? {} : { byHand: { began: facts.byHand.began, attempt: facts.byHand.attempt } }),
    ...(witness === undefined ? {} : { witness }),
    tools,
    ...(systemTree === undefined ? {} : { systemTree }),
    ...(facts.allowedSources.length === 0 || (action.hostSources?.(step) ?? []).length === 0
      ? {}
      : { allowedSources: facts.allowedSources }),
    inputs: {
      ...(facts.key === undefined ? {} : { key: facts.key }),
      ...(keyInputs?.artifact === undefined ? {} : { artifact: keyInputs.artifact }),
      ...(keyInputs?.artifacts === undefined
        ? {}
        : { artifacts: Object.fromEntries(keyInputs.artifacts.map(({ name, digest }) => [name, digest])) }),
      ...(keyInputs?.outside === undefined || keyInputs.outside === '' ? {} : { host: keyInputs.outside }),
      resolved: end?.resolved ?? [],
    },
    ...(end?.installed === undefined ? {} : { installed: end.installed }),
    limits: { ...(step.timeoutMs === undefined ? {} : { wallTimeMs: step.timeoutMs }), ...facts.limits },
    ...(facts.usage === undefined ? {} : { usage: facts.usage }),
    contractor: { version: contractorVersion(), policy: POLICY_VERSION, node: process.versions.node },
    host: { system: systemName(), kernel: release(), machine: machine() },
    idMap: { uid: facts.idMap.uid, gid: facts.idMap.gid },
    startedAt: new Date(facts.startedAt).toISOString(),
    ...(end === undefined ? {} : { endedAt: new Date(end.endedAt).toISOString(), outcome: end.outcome }),
  };
}

function systemTreeOf({ action, step, keyInputs }: AttemptFacts): SystemTree | undefined {
  const { usesContainer } = action.declaration;
  const container = usesContainer === undefined ? undefined : keyInputs?.tree.containers[text(step, usesContainer)];
  if (container === undefined) return undefined;
  const { artifact, digest, writable, layers } = container;
  return {
    artifact,
    digest,
    writable,
    layers: layers.map((layer) => (layer.type === 'layer' ? layer.id : `${layer.name}/${layer.digest}`)),
  };
}
