/**
 * Settings of every property test, read before each test file:
 *
 *   FC_SEED=42 FC_NUM_RUNS=10000 npm test -- test/store
 *
 * Each run tries other cases; but in CI they are always the same, so that a change is judged by what it changes.
 */
import fc from 'fast-check';

const wanted = (name: string): number | undefined => {
  const text = process.env[name];
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new Error(`${name} is not a whole number: ${text}`);
  return value;
};

const CI_SEED = 1;
const seed = wanted('FC_SEED') ?? (process.env['CI'] === undefined ? undefined : CI_SEED);
const numRuns = wanted('FC_NUM_RUNS');

fc.configureGlobal({ ...(seed === undefined ? {} : { seed }), ...(numRuns === undefined ? {} : { numRuns }) });
