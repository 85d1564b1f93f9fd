import { isArtifactName } from '../../store/artifact-reference.ts';
import type { Receipt } from '../receipt.ts';
import type { SharedArtifact, SharedStep, SharedTree } from './checkpoint.ts';

const DIGEST = /^[0-9a-f]{64}$/;
/** It names a directory. */
const ATTEMPT = /^[a-z0-9]{6,32}$/;

/** Whether it is what it says, whoever has written it. */
export function isSharedStep(value: unknown): value is SharedStep {
  if (!isObject(value)) return false;
  const { step, attempt, number, startedAt, endedAt, receipt, published, tree } = value;
  return (
    typeof step === 'string' &&
    typeof attempt === 'string' &&
    ATTEMPT.test(attempt) &&
    [number, startedAt, endedAt].every((each) => Number.isSafeInteger(each) && Number(each) > 0) &&
    (receipt === null || (typeof receipt === 'string' && isReceiptOf(receipt, attempt))) &&
    (published === undefined || isSharedArtifact(published)) &&
    (tree === null || isSharedTree(tree))
  );
}

function isSharedTree(value: unknown): value is SharedTree {
  if (!isObject(value) || !isObject(value['containers'])) return false;
  const { workspace, containers } = value;
  return (
    (workspace === null || isSharedArtifact(workspace)) &&
    Object.entries(containers as object).every(
      ([name, each]: [string, unknown]) =>
        isArtifactName(name) &&
        isObject(each) &&
        isSharedArtifact(each['artifact']) &&
        typeof each['writable'] === 'boolean',
    )
  );
}

function isSharedArtifact(value: unknown): value is SharedArtifact {
  if (!isObject(value)) return false;
  const { name, digest } = value;
  return typeof name === 'string' && isArtifactName(name) && typeof digest === 'string' && DIGEST.test(digest);
}

/** That it is about this attempt, and has what a statement about an artifact is made of. */
function isReceiptOf(text: string, attempt: string): boolean {
  try {
    const receipt = JSON.parse(text) as Partial<Receipt> | null;
    return (
      receipt?.attempt?.id === attempt &&
      typeof receipt.attempt.step === 'string' &&
      typeof receipt.startedAt === 'string' &&
      Array.isArray(receipt.tools) &&
      Array.isArray(receipt.inputs?.resolved)
    );
  } catch {
    return false;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
