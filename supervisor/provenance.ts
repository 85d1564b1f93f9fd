import type { ResolvedInput } from '../actions/action.ts';
import type { Project } from '../spec-schema/build-spec.ts';
import { textDigest } from '../store/records/receipts.ts';
import { contractorVersion } from './contractor-version.ts';
import type { TreePackages } from '../store/trees/tree-packages.ts';
import { packageUrl } from './package-url.ts';
import type { Receipt } from './receipt.ts';

/** A `ResourceDescriptor` of in-toto: https://github.com/in-toto/attestation/blob/main/spec/v1/resource_descriptor.md */
export interface Resource {
  readonly name?: string;
  readonly uri?: string;
  readonly digest?: Readonly<Record<string, string>>;
  readonly mediaType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A Statement of in-toto with a predicate of SLSA: https://slsa.dev/provenance/v1. docs/receipts.md says what is in its parts. */
export interface Provenance {
  readonly _type: 'https://in-toto.io/Statement/v1';
  readonly subject: readonly Resource[];
  readonly predicateType: 'https://slsa.dev/provenance/v1';
  readonly predicate: {
    readonly buildDefinition: {
      readonly buildType: string;
      readonly externalParameters: Readonly<Record<string, unknown>>;
      readonly internalParameters: Readonly<Record<string, unknown>>;
      readonly resolvedDependencies: readonly Resource[];
    };
    readonly runDetails: {
      readonly builder: { readonly id: string; readonly version: Readonly<Record<string, string>> };
      readonly metadata: { readonly invocationId: string; readonly startedOn: string; readonly finishedOn: string };
      readonly byproducts: readonly Resource[];
    };
  };
}

/** What an artifact was made by and of. */
export interface ProvenanceFacts {
  readonly artifact: { readonly name: string; readonly digest: string };
  readonly specification: { readonly name: string; readonly digest: string };
  readonly run: string;
  readonly project: Project;
  /** That made the artifact. */
  readonly step: string;
  /** Artifacts that the project has taken, with the digest of the statement about each. */
  readonly artifacts: readonly {
    readonly name: string;
    readonly version: number;
    readonly digest: string;
    readonly statement: string | undefined;
  }[];
  /** The texts of the receipts of its steps, in order, the last of the one that made it. */
  readonly receipts: readonly string[];
  /** What the artifact says of its packages, when it is a system tree. */
  readonly system?: TreePackages;
}

/** What the digest of a tree is called: the SHA-256 of its manifest, which docs/receipts.md defines. */
export const TREE_DIGEST = 'contractorTree1';

/** What it means that this kind of build was done: docs/receipts.md. */
const BUILD_TYPE = 'urn:contractor:build:1';
const BUILDER = 'urn:contractor:host:1';

/** Pure, but for the version of this program. */
export function provenanceOf(facts: ProvenanceFacts): Provenance {
  const { artifact, specification, run, project, step, receipts } = facts;
  const read = receipts.map((text) => JSON.parse(text) as Receipt);
  const last = read.at(-1);
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: artifact.name, digest: { [TREE_DIGEST]: artifact.digest } }],
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: BUILD_TYPE,
        externalParameters: {
          specification: { name: specification.name, digest: { sha256: specification.digest } },
          project: project.name,
          step,
          steps: project.steps.map(({ id, action, parameters }) => ({ id, action, parameters })),
        },
        internalParameters: {
          policy: last?.contractor.policy,
          isolation: read.map(({ attempt, runsIn, network, byHand }) => ({
            step: attempt.step,
            runsIn,
            network,
            ...(byHand === undefined ? {} : { byHand: true }),
          })),
        },
        resolvedDependencies: dependenciesOf(facts, read),
      },
      runDetails: {
        builder: { id: BUILDER, version: versionsOf(read) },
        metadata: {
          invocationId: `${run}:${project.name}:${step}`,
          startedOn: read.map(({ startedAt }) => startedAt).toSorted()[0] ?? '',
          finishedOn: last?.endedAt ?? '',
        },
        byproducts: read.map(({ attempt }, index): Resource => ({
          name: `receipt of ${attempt.step}`,
          digest: { sha256: textDigest(receipts[index] ?? '') },
          mediaType: 'application/json',
          annotations: { attempt: attempt.id },
        })),
      },
    },
  };
}

/** The text that is kept, and hashed: with a newline at its end, so that it can be printed as it is. */
export function provenanceText(statement: Provenance): string {
  return `${JSON.stringify(statement, null, 2)}\n`;
}

function dependenciesOf(
  { artifacts, specification, system }: ProvenanceFacts,
  receipts: readonly Receipt[],
): Resource[] {
  return [
    { name: specification.name, digest: { sha256: specification.digest }, annotations: { role: 'specification' } },
    ...artifacts.map(({ name, version, digest, statement }): Resource => ({
      name: `${name}@${version}`,
      digest: { [TREE_DIGEST]: digest },
      annotations: { role: 'artifact', ...(statement === undefined ? {} : { provenanceSha256: statement }) },
    })),
    ...receipts.flatMap(({ attempt, inputs }) =>
      inputs.resolved.map((input: ResolvedInput): Resource => ({
        ...input,
        annotations: { role: 'input', step: attempt.step, ...input.annotations },
      })),
    ),
    ...(system?.packages ?? []).map(({ sha256, ...one }): Resource => ({
      uri: packageUrl(one, system?.distribution),
      ...(sha256 === undefined ? {} : { digest: { sha256 } }),
      annotations: {
        role: 'package',
        ...(one.source === undefined ? {} : { source: one.source }),
        ...(one.origin === undefined ? {} : { origin: one.origin }),
      },
    })),
  ];
}

/** Of contractor, the kernel and the programs that had a part, each as the newest of the receipts has it. */
function versionsOf(receipts: readonly Receipt[]): Readonly<Record<string, string>> {
  const tools = receipts.flatMap((receipt) => receipt.tools);
  const host = receipts.at(-1)?.host;
  return {
    contractor: contractorVersion(),
    ...(host === undefined ? {} : { kernel: `${host.system} ${host.kernel} ${host.machine}` }),
    ...Object.fromEntries(tools.map(({ name, version, sha256 }) => [name, `${version ?? 'unknown'} sha256:${sha256}`])),
  };
}
