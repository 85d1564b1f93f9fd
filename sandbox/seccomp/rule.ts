import type { SyscallName } from './x86-64.ts';

/** Calls that are answered with an error instead of being made. The first rule that applies counts. */
export interface Rule {
  readonly why: string;
  readonly calls: readonly SyscallName[];
  /** All must hold; without any, the rule always applies. */
  readonly when?: readonly Condition[];
  /** `ENOSYS` where programs have another way for kernels without the call. */
  readonly answer: 'EPERM' | 'ENOSYS' | 'EAFNOSUPPORT' | 'EPROTONOSUPPORT';
}

/** Whether an argument of the call, after `mask`, is one of the values, or none of them. */
export interface Condition {
  readonly type: 'one-of' | 'none-of';
  /** Counted from 0. */
  readonly argument: number;
  readonly mask?: number;
  readonly values: readonly number[];
}
