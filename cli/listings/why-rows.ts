import { causeText } from '../../index.ts';
import type { CauseLink, Explanation } from '../../index.ts';
import type { Row } from '../text/row.ts';
import { timeText } from '../text/time-text.ts';

/**
 * Why a project is to be built, or was: one line, and with `isVerbose` what is behind it.
 *
 *     `hello` is to be built from step 3-shell: its `shell` changed.
 */
export function whyRows(explanation: Explanation, { isVerbose }: { readonly isVerbose: boolean }): readonly Row[] {
  const [nearest] = explanation.chain;
  return [
    { left: [['plain', `${sentence(explanation, nearest)}.`]] },
    ...(isVerbose ? explanation.chain.map(linkRow) : []),
  ];
}

function sentence({ project, step, state, lastBuilt }: Explanation, nearest: CauseLink | undefined): string {
  const name = step === undefined ? `\`${project}\`` : `\`${project}:${step}\``;
  switch (state.type) {
    case 'stale':
      return step === undefined || step === state.step
        ? `${name} is to be built${step === undefined ? ` from step ${state.step}` : ''}: ${causeText(state.because)}`
        : `\`${project}\` is to be built from step ${state.step}: ${causeText(state.because)}`;
    case 'waits': {
      const first = nearest?.project ?? state.for[0] ?? '';
      const why =
        nearest === undefined ? '' : `, which is to be built from step ${nearest.step}: ${causeText(nearest.cause)}`;
      return `${name} waits for what comes of \`${first}\`${why}`;
    }
    case 'current': {
      if (lastBuilt === undefined) return `${name} is up to date`;
      const { run, at, because } = lastBuilt;
      const why = because === undefined ? '' : ` from step ${because.step}: ${causeText(because.cause)}`;
      return `${name} is up to date; it was built in run ${run}, ${timeText(at)},${why === '' ? ' for a reason that is not recorded' : why}`;
    }
  }
}

function linkRow({ project, step, cause, run }: CauseLink): Row {
  const when = run === undefined ? 'is to be built' : `was built in run ${run}`;
  return { left: [['faint', `  \`${project}\` ${when} from step ${step}: ${causeText(cause)}`]] };
}
