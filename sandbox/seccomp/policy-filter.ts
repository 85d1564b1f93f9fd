import type { SandboxPolicy } from '../policy.ts';
import type { Architecture } from './architecture.ts';
import { FOR_ALL, FOR_BUILDERS, FOR_CONTAINERS } from './rules.ts';
import { seccompFilter } from './seccomp-filter.ts';

/** The filter of system calls that goes with a policy; see docs/security.md. */
export function policyFilter(policy: SandboxPolicy, architecture: Architecture): Uint8Array {
  if (policy.type === 'vetted-tool') {
    const foreign = policy.foreignPrograms === true ? 'allowed' : 'killed';
    return seccompFilter(architecture, { rules: FOR_ALL, foreign });
  }
  const rules = [...FOR_ALL, ...FOR_CONTAINERS, ...(policy.identity === 'builder' ? FOR_BUILDERS : [])];
  return seccompFilter(architecture, { rules, foreign: 'killed' });
}
