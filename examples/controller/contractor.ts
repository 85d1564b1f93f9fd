/**
 * The one place that knows where the library is. In a program of your own this file is not needed:
 * import from 'contractor' instead. Nothing else of this example reaches out of its directory.
 */
export { ContractorError, createSupervisor, formatProblems } from '../../index.ts';
export type { BuildEvent, ErrorCode, FollowAllOptions, Run, RunSummary, SpecSource, Supervisor } from '../../index.ts';
