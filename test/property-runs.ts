import fc from 'fast-check';

/** How often a costly property is tried: `FC_NUM_RUNS`, else `byDefault`. */
export function propertyRuns(byDefault: number): { readonly numRuns: number } {
  return { numRuns: fc.readConfigureGlobal().numRuns ?? byDefault };
}
