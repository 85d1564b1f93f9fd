import { amountText } from '../../index.ts';
import { padded, type Row } from '../text/row.ts';

/** A line of what isolates a step: what it is about, and how it is. */
export type ControlLine = readonly [subject: string, words: string];

/**
 * Controls in words for people: the same for what is intended and for what was found, so that the two can be compared.
 *
 *     identity      uid 1000, gid 1000, no other groups; the root of the host is not mapped
 *     capabilities  none
 *     namespaces    own cgroup ipc mnt net pid user uts
 */
export function controlLines(controls: Readonly<Record<string, string>>): readonly ControlLine[] {
  const of = (name: string): string => controls[name] ?? 'unknown';
  return [
    [
      'identity',
      `uid ${of('uid')}, gid ${of('gid')}, ${of('groups') === 'none' ? 'no other groups' : `groups ${of('groups')}`}; ` +
        `the root of the host is ${of('host-root')}`,
    ],
    ['capabilities', capabilityWords(controls)],
    [
      'privileges',
      `${of('no-new-privileges') === '1' ? 'no new ones' : 'new ones by setuid programs'}; user namespaces inside are ${of('user-namespaces-inside')}`,
    ],
    ['system calls', of('system-call-filter') === '2' ? filtersText(of('system-call-filters')) : 'not filtered'],
    ...namespaceLines(controls),
    ['network', of('namespace-net') === 'own' ? `none: ${of('network-interfaces')} alone` : "the host's"],
    ...limitLine(controls),
    ['terminal', `${of('terminal')}; session ${of('session') === 'own' ? 'of its own' : of('session')}`],
  ];
}

/** Subjects in a column. */
export function lineRows(lines: readonly ControlLine[], indent: string): readonly Row[] {
  const width = Math.max(...lines.map(([subject]) => subject.length));
  return lines.map(([subject, words]) => ({
    left: [
      ['faint', `${indent}${padded(subject, width)}  `],
      ['plain', words],
    ],
  }));
}

function limitLine(controls: Readonly<Record<string, string>>): ControlLine[] {
  const words = (
    [
      ['memory', 'bytes'],
      ['processes', 'processes'],
      ['open-files', 'files'],
    ] as const
  ).flatMap(([limit, unit]) => {
    const value = controls[`limit-${limit}`];
    if (value === undefined) return [];
    if (!/^\d+$/.test(value)) return [`${limit} ${value}`];
    return [limit === 'processes' ? amountText(Number(value), unit) : `${limit} ${amountText(Number(value), unit)}`];
  });
  return words.length === 0 ? [] : [['kernel limits', words.join(', ')]];
}

function filtersText(count: string): string {
  return count === '1' ? 'filtered' : `filtered, by ${count} filters`;
}

function namespaceLines(controls: Readonly<Record<string, string>>): ControlLine[] {
  const kinds = Object.entries(controls).flatMap(([name, whose]) =>
    name.startsWith('namespace-') ? [[name.slice('namespace-'.length), whose] as const] : [],
  );
  const byOwner = Map.groupBy(
    kinds.toSorted(([one], [other]) => (one < other ? -1 : 1)),
    ([, whose]) => whose,
  );
  const texts = [...byOwner].map(([whose, owned]) => `${whose} ${owned.map(([kind]) => kind).join(' ')}`);
  return [['namespaces', texts.join('; ')]];
}

const SETS = ['effective', 'permitted', 'inheritable', 'bounding', 'ambient'] as const;

function capabilityWords(controls: Readonly<Record<string, string>>): string {
  const masks = SETS.map((set) => controls[`capabilities-${set}`] ?? '');
  const [first = ''] = masks;
  if (masks.some((mask) => mask !== first)) {
    return SETS.map((set, index) => `${set} ${capabilityNames(masks[index] ?? '')}`).join('; ');
  }
  return capabilityNames(first);
}

/** The names in a mask as proc(5) writes it. */
function capabilityNames(mask: string): string {
  const bits = /^[0-9a-f]+$/.test(mask) ? BigInt(`0x${mask}`) : undefined;
  if (bits === undefined) return 'unknown';
  if (bits === 0n) return 'none';
  const known = CAPABILITIES.filter((_, number) => (bits >> BigInt(number)) & 1n);
  return bits >> BigInt(CAPABILITIES.length) === 0n ? known.join(' ') : `${known.join(' ')} (${mask})`;
}

/** By their numbers, of linux/capability.h. */
const CAPABILITIES = (
  'chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable net_bind_service ' +
  'net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot sys_ptrace sys_pacct sys_admin ' +
  'sys_boot sys_nice sys_resource sys_time sys_tty_config mknod lease audit_write audit_control setfcap mac_override ' +
  'mac_admin syslog wake_alarm block_suspend audit_read perfmon bpf checkpoint_restore'
).split(' ');
