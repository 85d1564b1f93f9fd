import type { Architecture } from './architecture.ts';
import { assemble, DATA } from './bpf.ts';
import type { Line } from './bpf.ts';
import type { Condition, Rule } from './rule.ts';

/** What the kernel does with a call: SECCOMP_RET_* of linux/seccomp.h. */
const KILL_PROCESS = 0x80000000;
const ALLOW = 0x7fff0000;
const ERRNO = 0x00050000;

/** Numbers of errors that a filter answers with; the same on both architectures. */
const ERRORS = { EPERM: 1, ENOSYS: 38, EPROTONOSUPPORT: 93, EAFNOSUPPORT: 97 } as const;

/** A tracer changes the number of a call to this one so that the kernel leaves the call out; see ptrace(2). */
const LEFT_OUT = 0xffffffff;

export interface FilterOptions {
  readonly rules: readonly Rule[];
  /** Calls of another ABI, such as those of i386 on x86_64: the rules do not know their numbers. */
  readonly foreign: 'killed' | 'allowed';
}

/**
 * The filter of system calls that `bwrap --seccomp` takes: classic BPF, pure.
 *
 *     foreign ABI ──► SIGSYS, or allowed
 *     a number that nobody has looked at ──► ENOSYS
 *     the first rule that names the call and whose conditions hold ──► its error
 *     else ──► allowed
 *
 * Of arguments only the low 32 bits are compared: the kernel itself takes no more of those that the rules look at.
 */
export function seccompFilter(architecture: Architecture, { rules, foreign }: FilterOptions): Uint8Array {
  const here = rules.filter(({ calls }) => calls.some((name) => architecture.numbers[name] !== undefined));
  return assemble([
    { type: 'load', offset: DATA.architecture },
    { type: 'jump', test: '==', value: architecture.audit, yes: 'ours' },
    { type: 'return', value: foreign === 'killed' ? KILL_PROCESS : ALLOW },
    { type: 'label', name: 'ours' },
    { type: 'load', offset: DATA.number },
    { type: 'jump', test: '==', value: LEFT_OUT, yes: 'left out' },
    ...architecture.known.toReversed().flatMap(([first, last]): Line[] => [
      { type: 'jump', test: '>', value: last, yes: 'unknown' },
      { type: 'jump', test: '>=', value: first, yes: 'known' },
    ]),
    { type: 'label', name: 'unknown' },
    { type: 'return', value: ERRNO | ERRORS.ENOSYS },
    { type: 'label', name: 'left out' },
    { type: 'return', value: ALLOW },
    { type: 'label', name: 'known' },
    ...here.flatMap((rule, index) => ruleLines({ rule, name: `rule ${index}`, architecture })),
    { type: 'return', value: ALLOW },
  ]);
}

/** Begins and ends with the number of the call loaded. */
function ruleLines({
  rule: { calls, when = [], answer },
  name,
  architecture,
}: {
  readonly rule: Rule;
  readonly name: string;
  readonly architecture: Architecture;
}): Line[] {
  const numbers = calls.flatMap((call) => architecture.numbers[call] ?? []);
  const [applies, next] = [`${name} applies`, `after ${name}`];
  return [
    ...anyOf(numbers, { yes: applies, no: next }),
    { type: 'label', name: applies },
    ...when.flatMap((condition, index) => conditionLines(condition, { name: `${name} ${index}`, no: next })),
    { type: 'return', value: ERRNO | ERRORS[answer] },
    { type: 'label', name: next },
    ...(when.length === 0 ? [] : [{ type: 'load', offset: DATA.number } as const]),
  ];
}

function conditionLines(
  { type, argument, mask, values }: Condition,
  { name, no }: { readonly name: string; readonly no: string },
): Line[] {
  const holds = `${name} holds`;
  return [
    { type: 'load', offset: DATA.argument(argument) },
    ...(mask === undefined ? [] : [{ type: 'and', mask } as const]),
    ...anyOf(values, type === 'one-of' ? { yes: holds, no } : { yes: no, no: holds }),
    { type: 'label', name: holds },
  ];
}

function anyOf(values: readonly number[], { yes, no }: { readonly yes: string; readonly no: string }): Line[] {
  return values.map((value, index) => ({
    type: 'jump',
    test: '==',
    value,
    yes,
    ...(index === values.length - 1 ? { no } : {}),
  }));
}
