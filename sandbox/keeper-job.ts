import { bwrapArgv, containerView, keptCapabilities, memoryPlaces } from './bwrap-argv.ts';
import { readHostLayout } from './host-layout.ts';
import type { KeeperOrder } from './keeper-message.ts';
import { expectedFields, expectedWitness } from './expected-witness.ts';
import { gateProgram } from './gate/gate.ts';
import { BUILDER } from './policy.ts';
import type { SandboxPolicy } from './policy.ts';
import { memoryMountOptions, rlimitsOf } from './limits/attempt-limits.ts';
import type { AttemptLimits } from './limits/attempt-limits.ts';
import { findProgram } from './programs.ts';
import { architectureOf } from './seccomp/architecture.ts';
import { policyFilter } from './seccomp/policy-filter.ts';

/** One attempt for a keeper. Layers and trees are named relative to `trees/layers`. */
export interface KeeperJob {
  readonly attempt: string;
  /** The layers below the workspace, topmost first. */
  readonly lower: readonly string[];
  /** Where the sealed layer goes when the command succeeds. */
  readonly layer: string;
  /** The system tree, for a container. With `writable`, changes to it become a layer of their own. */
  readonly root?: {
    readonly tree: string;
    readonly lower: readonly string[];
    readonly writable?: { readonly layer: string };
  };
  /** Trees that are mounted read-only where {@link MOUNTED} says, for the `reads` of a vetted tool. */
  readonly shown?: readonly string[];
  readonly policy: SandboxPolicy;
  /** Files that the command finds at `path`, read-only; or its own, which it can remove before it starts what may not read them. */
  readonly files: readonly {
    readonly path: string;
    readonly content: string | Uint8Array;
    readonly mode: string;
    readonly isOwn?: true;
  }[];
  readonly command: readonly string[];
  readonly limits: AttemptLimits;
  /** When it is killed, in milliseconds since 1970. */
  readonly deadlineAt?: number;
}

/** Descriptors 100 and 101 are bwrap's status and options; the filter of system calls and files follow. */
const FILTER_FD = 102;
const FIRST_FILE_FD = 103;

/** What a keeper is told to run a job: see `keeper.pl`. */
export function runMessage(job: KeeperJob): KeeperOrder {
  const { policy, root } = job;
  const id = policy.identity === 'root' ? '0' : String(BUILDER);
  const files = job.files.flatMap(({ path, mode, isOwn }, index) => [
    '--perms',
    mode,
    isOwn === true ? '--file' : '--ro-bind-data',
    String(FIRST_FILE_FD + index),
    path,
  ]);
  const layout = readHostLayout();
  const architecture = architectureOf(process.arch);
  const filter = policyFilter(policy, architecture);
  const list = (key: string, values: readonly (string | Uint8Array)[]): [string, string | Uint8Array][] =>
    values.map((value) => [key, value]);
  return {
    verb: 'run',
    fields: [
      ['attempt', job.attempt],
      ['layer', job.layer],
      ...list('lower', job.lower),
      ...(root === undefined ? [] : [...list('root', [root.tree]), ...list('rootlower', root.lower)]),
      ...(root?.writable === undefined
        ? []
        : [...list('writable', ['1']), ...list('rootlayer', [root.writable.layer])]),
      ...list('shown', job.shown ?? []),
      ['uid', id],
      ['gid', id],
      ...list('network', policy.network === true ? [policy.type === 'container' ? 'open' : 'confined'] : []),
      ...list('port', policy.type === 'vetted-tool' ? (policy.ports ?? []).map(String) : []),
      ...list('apart', policy.type === 'vetted-tool' && policy.cutsOff === true ? ['1'] : []),
      ['nesting', policy.identity === 'root' ? '0' : '1'],
      ...(policy.identity === 'root' ? list('capability', Object.values(keptCapabilities(policy)).map(String)) : []),
      ['gate', gateOf(architecture.name)],
      ...expectedFields(
        expectedWitness(policy, {
          layout,
          files: job.files.flatMap(({ path, isOwn }) => (isOwn === true ? [] : [path])),
          limits: job.limits,
        }),
      ),
      ['program', findProgram('bwrap')],
      ...list('option', [...bwrapArgv(policy, layout), '--seccomp', String(FILTER_FD), ...files]),
      ...list('data', [filter, ...job.files.map((file) => file.content)]),
      ...list(
        'limit',
        Object.entries(job.limits.values).map(([name, value]) => `${name}:${value}`),
      ),
      ...list('grouped', job.limits.grouped),
      ...list('rlimit', rlimitsOf(job.limits)),
      ...list('memory', [memoryMountOptions(job.limits)]),
      ...list(
        'place',
        memoryPlaces(policy).map(({ name, mode }) => `${name}:${mode}`),
      ),
      ...list('view', policy.type === 'container' ? containerView().map(({ what, where }) => `${what}:${where}`) : []),
      ...list('word', job.command),
      ...(job.deadlineAt === undefined ? [] : list('deadline', [String(job.deadlineAt)])),
    ],
  };
}

let gate: Uint8Array | undefined;

function gateOf(architecture: Parameters<typeof gateProgram>[0]): Uint8Array {
  gate ??= gateProgram(architecture);
  return gate;
}
