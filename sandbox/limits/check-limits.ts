import type { HostFinding } from '../host-check.ts';
import type { IdMap } from '../id-map.ts';
import { findControlGroups, leftControlGroups } from './control-groups.ts';
import { limitFindings, mendOfLimit } from './limit-findings.ts';

/** What limits are enforced by here, found by making a control group with one; and what killed keepers have left. */
export async function checkLimits(idMap: IdMap): Promise<HostFinding[]> {
  const groups = await findControlGroups(idMap);
  const findings = limitFindings(groups);
  const byMechanism = Map.groupBy(findings, ({ mechanism }) => mechanism);
  const found = [...byMechanism]
    .map(([mechanism, each]) => `${each.map(({ limit }) => limit).join(', ')} by ${WORDS[mechanism] ?? mechanism}`)
    .join('; ');
  // Those of the disk and the output are watched on every host.
  const lacking = findings.filter(
    ({ limit, isEnforced }) => !isEnforced && (limit === 'memory' || limit === 'processes' || limit === 'cpu-time'),
  );
  const left = leftControlGroups(groups);
  return [
    lacking.length === 0
      ? { name: 'limits', state: 'ok', found }
      : {
          name: 'limits',
          state: 'optional',
          found,
          consequence: lacking.map(({ limit, consequence }) => `${limit}: ${consequence ?? ''}`).join('\n'),
          mend: [...new Set(lacking.map(mendOfLimit))].join(' '),
        },
    ...(left.length === 0
      ? []
      : [
          {
            name: 'control-groups',
            state: 'optional',
            found: `${left.length} of keepers that were killed are left`,
            consequence: 'They are empty, and the next build removes them.',
            mend: `Remove them now: \`find ${left.join(' ')} -depth -type d -exec rmdir {} ;\`.`,
          } as const,
        ]),
  ];
}

const WORDS: Readonly<Record<string, string>> = { watching: 'watching', keeper: 'the keeper' };
