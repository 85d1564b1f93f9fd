import type { Architecture } from '../seccomp/architecture.ts';
import { encodeAarch64 } from './aarch64.ts';
import { elfProgram } from './elf.ts';
import { assemble } from './line.ts';
import type { CallName, Encode, Line, Operand } from './line.ts';
import { encodeX8664 } from './x86-64.ts';

/** The descriptors that the keeper leaves open for the gate: the gate's own program, and a socket to the keeper. */
export const GATE_PROGRAM_FD = 98;
export const GATE_SOCKET_FD = 99;

/** What the keeper answers when the command may begin. */
const GO = 'g';

const STDERR = 2;
const CLONE_NEWUSER = 0x10000000;

/** What execve(2) says most often, by errno, and the status that a shell ends with then. */
const FAULTS = [
  { errno: 2, words: 'No such file or directory', status: 127 },
  { errno: 13, words: 'Permission denied', status: 126 },
  { errno: 8, words: 'Exec format error', status: 126 },
] as const;

/**
 * A tiny program that stands before the command of a step, and lets it begin when the keeper says so.
 *
 * bwrap puts the filter of system calls in force last, right before it executes what it was given. So only
 * a process that is started by it shows everything that is in force; and no code of a step must run
 * before somebody has looked. This program is what bwrap starts:
 *
 *     ask for a user namespace, in vain ─► say: here I am ─► wait for "go" ─► close both descriptors
 *       ─► execve(argv[1], argv + 1, environment)                    └ anything else: exit 125
 *
 * That no user namespace can be made inside is the one thing that cannot be read from outside, so it is tried;
 * the byte says how that went. A namespace would give its maker every capability over itself.
 * It needs no file in the container (it is executed by its descriptor), no library, no stack of its own.
 */
export function gateProgram(architecture: Architecture['name']): Uint8Array {
  return elfProgram(architecture, assemble(GATE, ENCODINGS[architecture]));
}

const ENCODINGS: Readonly<Record<Architecture['name'], Encode>> = { x86_64: encodeX8664, aarch64: encodeAarch64 };

const number = (value: number): Operand => ({ type: 'number', value });
const call = (name: CallName, ...operands: readonly Operand[]): Line => ({
  type: 'call',
  name,
  arguments: operands,
});
const label = (name: string): Line => ({ type: 'label', name });

const TEXTS = {
  here: 'h',
  nests: 'n',
  begin: 'contractor: cannot run ',
  other: ': it cannot be executed\n',
  ...Object.fromEntries(FAULTS.map(({ errno, words }) => [`errno ${errno}`, `: ${words}\n`])),
} as Readonly<Record<string, string>>;

const GATE: readonly Line[] = [
  call('unshare', number(CLONE_NEWUSER)),
  { type: 'branch', when: '==', value: 0, to: 'can nest' },
  call('write', number(GATE_SOCKET_FD), { type: 'address', label: 'here' }, number(1)),
  { type: 'branch', when: '!=', value: 1, to: 'refused' },
  label('wait'),
  call('read', number(GATE_SOCKET_FD), { type: 'scratch' }, number(1)),
  { type: 'branch', when: '!=', value: 1, to: 'refused' },
  { type: 'branch-on-byte', when: '!=', value: GO.charCodeAt(0), to: 'refused' },
  call('close', number(GATE_SOCKET_FD)),
  call('close', number(GATE_PROGRAM_FD)),
  call('execve', { type: 'argument', n: 1 }, { type: 'arguments-from', n: 1 }, { type: 'environment' }),
  ...FAULTS.map(({ errno }): Line => ({ type: 'branch', when: '==', value: -errno, to: `fault ${errno}` })),
  ...failure('other', 126),
  ...FAULTS.flatMap(({ errno, status }) => [label(`fault ${errno}`), ...failure(`errno ${errno}`, status)]),
  label('can nest'),
  call('write', number(GATE_SOCKET_FD), { type: 'address', label: 'nests' }, number(1)),
  { type: 'branch', when: '==', value: 1, to: 'wait' }, // in vain, but it is looked at meanwhile
  label('refused'),
  call('exit', number(125)),
  ...Object.entries(TEXTS).flatMap(([name, text]): Line[] => [label(name), { type: 'text', text }]),
];

function failure(why: string, status: number): Line[] {
  const say = (text: string): Line =>
    call('write', number(STDERR), { type: 'address', label: text }, number(TEXTS[text]?.length ?? 0));
  const command = call('write', number(STDERR), { type: 'argument', n: 1 }, { type: 'length', n: 1 });
  return [say('begin'), command, say(why), call('exit', number(status))];
}
