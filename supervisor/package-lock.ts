import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { LockedPackage } from '../actions/package-lock.ts';
import { ContractorError } from '../errors.ts';

/** The exact packages of the steps of a specification that install some. */
export interface PackageLock {
  readonly format: 'contractor-lock/1';
  readonly steps: readonly LockedStep[];
}

/** The exact packages of one step. */
export interface LockedStep {
  readonly project: string;
  readonly step: string;
  /** SHA-256 of what the specification asks of the step: one that asks for something else is not what was locked. */
  readonly parameters: string;
  readonly packages: readonly LockedPackage[];
}

/** Where the lock of a specification's file lies: `build.lock.json` beside `build.yaml`. */
export function lockPath(file: string): string {
  return join(dirname(file), `${basename(file).replace(/\.ya?ml$/, '')}.lock.json`);
}

/** A line for each package, so that what a new lock changes is read as a diff. */
export function lockFileText({ format, steps }: PackageLock): string {
  const all = steps.map(({ packages, ...step }) => {
    const lines = packages.map((one) => `      ${JSON.stringify(one)}`);
    const head = Object.entries(step).map(
      ([key, value]) => `      ${JSON.stringify(key)}: ${JSON.stringify(value)},\n`,
    );
    return `    {\n${head.join('')}      "packages": [\n${lines.map((line) => `  ${line}`).join(',\n')}\n      ]\n    }`;
  });
  return `{\n  "format": ${JSON.stringify(format)},\n  "steps": [\n${all.join(',\n')}\n  ]\n}\n`;
}

/** The lock at `path`; undefined when there is none. @throws LOCK_UNFIT when it is none, or of a later version */
export function readLock(path: string): PackageLock | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unfit(`The lock ${path} cannot be read: ${(error as Error).message}.`, error);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw unfit(`The lock ${path} is not JSON: ${(error as Error).message}.`, error);
  }
  if (!isLock(value)) throw unfit(`The lock ${path} is none that this version of contractor has written.`);
  return value;
}

/** A refusal of a lock that does not fit. */
export function unfit(message: string, cause?: unknown): ContractorError {
  return new ContractorError(
    'LOCK_UNFIT',
    message,
    'Build with `--no-lock`, see that it is right, then write the lock anew with `contractor lock`.',
    { cause },
  );
}

const WORD = /^[\x21-\x7e]{1,500}$/;

/** Whoever may edit the lock may edit the specification; what is in it becomes lines of files for apt all the same. */
function isLock(value: unknown): value is PackageLock {
  const isWord = (part: unknown): boolean => typeof part === 'string' && WORD.test(part);
  const isPackage = (one: Partial<LockedPackage> | null): boolean =>
    [one?.name, one?.version, one?.architecture].every(
      (part) => isWord(part) && /^[A-Za-z0-9.+:~-]+$/.test(part ?? ''),
    ) &&
    (one?.origin === undefined || isWord(one.origin)) &&
    (one?.sha256 === undefined || /^[0-9a-f]{64}$/.test(one.sha256));
  const isStep = (step: Partial<LockedStep> | null): boolean =>
    [step?.project, step?.step, step?.parameters].every(isWord) &&
    Array.isArray(step?.packages) &&
    step.packages.every((one: Partial<LockedPackage> | null) => isPackage(one));
  const { format, steps } = (value ?? {}) as Partial<PackageLock>;
  return (
    format === 'contractor-lock/1' &&
    Array.isArray(steps) &&
    steps.every((step: Partial<LockedStep> | null) => isStep(step))
  );
}
