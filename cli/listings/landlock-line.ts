import type { Receipt } from '../../index.ts';
import type { ControlLine } from './control-rows.ts';

type Landlock = NonNullable<NonNullable<Receipt['witness']>['landlock']>;

/** What Landlock leaves a tool that is in the host's network; no line of what it does not hold. */
export function landlockLine(landlock: Landlock | undefined): readonly ControlLine[] {
  if (landlock === undefined) return [];
  const { version, ports, scopes } = landlock;
  if (version === 0) return [['landlock', 'this kernel has none: every port of the network is in reach']];
  const held = ports === undefined ? 'every port is in reach' : `TCP to ports ${ports.join(' ')} alone`;
  const closed = scopes.includes('abstract-sockets') ? '; no abstract sockets, no signals to others' : '';
  return [['landlock', `version ${version}: ${held}${closed}`]];
}
