import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { ContractorError } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import type { ActionDeclaration } from '../spec-schema/action-declaration.ts';
import type { BuildSpec } from '../spec-schema/build-spec.ts';
import { specOf } from './spec-source.ts';
import type { ReadWith, SpecSource } from './spec-source.ts';

/** What the thread is asked. */
export interface SpecQuestion {
  readonly source: SpecSource;
  readonly heldArtifacts: ReadonlySet<string>;
  readonly declarations: readonly ActionDeclaration[];
}

/** What it answers. */
export type SpecAnswer =
  | { readonly type: 'read'; readonly spec: BuildSpec }
  | { readonly type: 'refused'; readonly code: ErrorCode; readonly message: string; readonly mend: string };

/** Some 250 projects. To read less takes no longer than to have it done. */
const LARGE = 50_000;

/**
 * The same as {@link specOf}, but a large text is read in a thread of its own: the program around us has its thread for
 * itself meanwhile. What was read comes back as a copy.
 */
export async function specElsewhere(source: SpecSource, { heldArtifacts, actions }: ReadWith): Promise<BuildSpec> {
  if (!('text' in source) || source.text.length < LARGE) return specOf(source, { heldArtifacts, actions });
  const question: SpecQuestion = { source, heldArtifacts, declarations: actions.declarations };
  const worker = new Worker(PROGRAM, { workerData: question });
  try {
    const [answer] = (await once(worker, 'message')) as [SpecAnswer];
    if (answer.type === 'read') return answer.spec;
    throw new ContractorError(answer.code, answer.message, answer.mend);
  } finally {
    await worker.terminate();
  }
}

// Type stripping runs the sources, the packed package the compiled program.
const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const PROGRAM = new URL(`../supervisor/spec-worker.${extension}`, import.meta.url);
