/** Reads one specification in a thread of its own: see {@link specElsewhere}. */
import { parentPort, workerData } from 'node:worker_threads';
import { ContractorError } from '../errors.ts';
import type { SpecAnswer, SpecQuestion } from './spec-elsewhere.ts';
import { specOf } from './spec-source.ts';

const { source, heldArtifacts, declarations } = workerData as SpecQuestion;
parentPort?.postMessage(answer(), []);

function answer(): SpecAnswer {
  try {
    return { type: 'read', spec: specOf(source, { heldArtifacts, actions: { declarations } }) };
  } catch (error) {
    if (!(error instanceof ContractorError)) throw error;
    const { code, message, mend } = error;
    return { type: 'refused', code, message, mend }; // Of an error only its message would get across.
  }
}
