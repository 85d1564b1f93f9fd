import type { SandboxPolicy } from '../policy.ts';
import type { Architecture } from './architecture.ts';
import { FOR_ALL, FOR_BUILDERS, FOR_CONTAINERS } from './rules.ts';
import { seccompFilter } from './seccomp-filter.ts';

/** Those that were made, by what they depend on: a step has no other than the step before. */
const made = new Map<string, Uint8Array>();

/** The filter of system calls that goes with a policy; see docs/security.md. Not to be changed: it is made once. */
export function policyFilter(policy: SandboxPolicy, architecture: Architecture): Uint8Array {
  const variant = policy.type === 'container' ? policy.identity : policy.foreignPrograms === true;
  const name = `${architecture.name} ${policy.type} ${variant}`;
  let filter = made.get(name);
  if (filter === undefined) made.set(name, (filter = newFilter(policy, architecture)));
  return filter;
}

function newFilter(policy: SandboxPolicy, architecture: Architecture): Uint8Array {
  if (policy.type === 'vetted-tool') {
    const foreign = policy.foreignPrograms === true ? 'allowed' : 'killed';
    return seccompFilter(architecture, { rules: FOR_ALL, foreign });
  }
  const rules = [...FOR_ALL, ...FOR_CONTAINERS, ...(policy.identity === 'builder' ? FOR_BUILDERS : [])];
  return seccompFilter(architecture, { rules, foreign: 'killed' });
}
