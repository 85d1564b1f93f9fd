import {
  outcomeText,
  type EntryDifference,
  type Verification,
  type VerifiedBuilds,
  type VerifiedPart,
} from '../../index.ts';
import { detailsOf, shownPath, visible } from '../diff/change-rows.ts';
import { countText } from '../text/count-text.ts';
import { durationText } from '../text/duration-text.ts';
import type { Glyphs } from '../text/glyphs.ts';
import type { Row } from '../text/row.ts';

export interface VerificationLook {
  readonly glyphs: Glyphs;
  /** Whether to say which files have other times. */
  readonly times: boolean;
  /** How long a line may be. */
  readonly width: number;
  /** How to ask for the same again. */
  readonly again: string;
}

/** More files than that are counted; `--json` has them all. */
const MOST_CHANGES = 100;
const MOST_TIMES = 100;

/**
 * What came of building a project twice, for people:
 *
 *     ✗ hello does not come out the same
 *
 *     artifact hello: 2 of 14 entries differ
 *       M  bin/hello     a date or a time, the build id of an ELF file
 *       M  list.txt      the order of lines
 *            line 3  b.o
 *                    a.o
 *
 *     The first step to differ is 3-shell make, in build/version.h.
 *
 *     What helps
 *       a date or a time
 *         Write the time of the sources …
 */
export function verificationRows(verification: Verification, look: VerificationLook): readonly Row[] {
  return [...resultRows(verification, look), ...keptRows(verification, look)];
}

function resultRows(verification: Verification, look: VerificationLook): readonly Row[] {
  const { project } = verification;
  const { built, failed } = look.glyphs;
  switch (verification.type) {
    case 'same':
      return [
        plain('good', `${built} ${project} comes out the same: ${sameText(verification)}.`),
        variedRow(verification),
        ...timesRows(verification.parts, look),
      ];
    case 'different':
      return [
        plain('bad', `${failed} ${project} does not come out the same.`),
        variedRow(verification),
        ...verification.parts.flatMap((part) => partRows(part, verification, look)),
        ...timesRows(verification.parts, look),
        ...firstStepRows(verification),
        ...adviceRows(verification, look),
      ];
    case 'build-failed':
      return failedRows(verification, look.glyphs);
    case 'cancelled':
      return [plain('warning', 'Cancelled; nothing is left of the builds.')];
  }
}

function sameText({ parts }: VerifiedBuilds): string {
  return parts
    .map(({ type, name, compared, digests }) => {
      const what = type === 'artifact' ? `artifact ${name}, ` : 'the workspace, ';
      return `${what}${countText(compared, 'entry').replace(/entrys$/, 'entries')}${digests === undefined ? '' : `, digest ${digests[0].slice(0, 12)}…`}`;
    })
    .join('; ');
}

function variedRow({ varied }: VerifiedBuilds): Row {
  const said = varied.map(({ what, first, second }) =>
    what === 'time'
      ? `began ${durationText(second - first)} later`
      : `saw ${countText(second, 'processor')} instead of ${first}`,
  );
  return plain('faint', `  The second build ${said.join(' and ')}.`);
}

function partRows(part: VerifiedPart, { advice }: VerifiedBuilds, { glyphs }: VerificationLook): readonly Row[] {
  const { type, name, changes, compared, onlyIn, tooDeep, isCut } = part;
  const title = type === 'artifact' ? `artifact ${name}` : 'the workspace after the last step';
  if (onlyIn !== undefined) {
    return [empty, plain('strong', `${title}: only the ${onlyIn === 1 ? 'first' : 'second'} build published it`)];
  }
  if (changes.length === 0) return [empty, plain('strong', `${title}: the same`)];
  const all = compared + changes.filter((change) => change.type !== 'changed').length;
  const means = new Map(advice.map((each) => [each.cause, each.means]));
  return [
    empty,
    plain(
      'strong',
      `${title}: ${changes.length}${isCut ? ' and more' : ''} of ${all} entries ${changes.length === 1 ? 'differs' : 'differ'}`,
    ),
    ...changes.slice(0, MOST_CHANGES).flatMap((change) => changeRows(change, { means, glyphs })),
    ...(changes.length > MOST_CHANGES
      ? [plain('faint', `  and ${changes.length - MOST_CHANGES} more: --json has them all`)]
      : []),
    ...tooDeep.map((path) => plain('warning', `  ?  ${visible(path)}/: too deep to be compared`)),
  ];
}

const LETTERS = { added: 'A', changed: 'M', removed: 'D' } as const;
const TONES = { added: 'good', changed: 'warning', removed: 'bad' } as const;
const ONLY_IN = { added: '  only in the second build', removed: '  only in the first build', changed: '' } as const;

function changeRows(
  change: EntryDifference,
  { means, glyphs }: { readonly means: ReadonlyMap<string, string>; readonly glyphs: Glyphs },
): readonly Row[] {
  const { contents, insteadOf } = change;
  const causes = (contents ?? insteadOf)?.causes.map((cause) => means.get(cause) ?? cause).join(', ');
  // A size says nothing where it is said what differs.
  const rest = {
    ...change,
    differs: (change.differs ?? []).filter((each) => each !== 'contents' || contents === undefined),
  };
  const place = insteadOf === undefined ? '' : `, in the place of ${visible(insteadOf.path)}:`;
  const words =
    contents === undefined && insteadOf === undefined
      ? ''
      : `${insteadOf === undefined ? ' ' : ''} ${causes || unexplained(contents)}`;
  return [
    {
      left: [
        [TONES[change.type], `  ${LETTERS[change.type]}  `],
        ['plain', shownPath(change, '')],
        ['faint', `${ONLY_IN[change.type]}${place}${change.type === 'changed' ? detailsOf(rest, glyphs) : ''}`],
        [causes ? 'warning' : 'bad', words],
      ],
    },
    ...(contents?.line === undefined
      ? []
      : [
          sample(`line ${contents.line.number}`, contents.line.before),
          sample('', contents.line.after, contents.line.number),
        ]),
  ];
}

function unexplained(contents: EntryDifference['contents']): string {
  if (contents === undefined) return '';
  const { isLookedInto, offset, line } = contents;
  const place = line === undefined ? ` from byte ${offset} on` : '';
  return isLookedInto ? `other contents${place}` : `other contents${place}, too long to be looked into`;
}

function sample(title: string, text: string, number?: number): Row {
  const width = number === undefined ? title.length : `line ${number}`.length;
  return {
    left: [
      ['faint', `       ${title.padEnd(width)}  `],
      ['plain', visible(text)],
    ],
  };
}

function timesRows(parts: readonly VerifiedPart[], { times }: VerificationLook): readonly Row[] {
  const differing = parts.filter(({ timesDiffer }) => timesDiffer > 0);
  const count = differing.reduce((sum, { timesDiffer }) => sum + timesDiffer, 0);
  if (count === 0) return [];
  const said = `${countText(count, 'time')} of modification ${count === 1 ? 'differs' : 'differ'}, which ${count === 1 ? 'is' : 'are'} no part of an artifact`;
  if (!times) return [empty, plain('faint', `${said} (--times shows of which).`)];
  return [
    empty,
    plain('plain', `${said}:`),
    ...differing.flatMap((part) => [
      ...part.times.slice(0, MOST_TIMES).map((path) => plain('plain', `  T  ${visible(path) || '.'}`)),
      ...(part.timesDiffer > MOST_TIMES ? [plain('faint', `  and ${part.timesDiffer - MOST_TIMES} more`)] : []),
    ]),
  ];
}

function firstStepRows({ firstStep }: VerifiedBuilds): readonly Row[] {
  if (firstStep === undefined) return [];
  const { id, title, path } = firstStep;
  return [
    empty,
    {
      left: [
        ['plain', 'The first step to differ is '],
        ['strong', id],
        ['faint', `  ${title}`],
        ['plain', path === '' ? '' : `, in ${visible(path)}`],
      ],
    },
  ];
}

function adviceRows({ advice, parts }: VerifiedBuilds, { width }: VerificationLook): readonly Row[] {
  const unknown = parts.some(({ changes }) =>
    changes.some(
      ({ contents, type }) => type !== 'changed' || (contents !== undefined && contents.causes.length === 0),
    ),
  );
  const byHelp = Map.groupBy(advice, ({ helps }) => helps);
  const lines = [...byHelp].flatMap(([helps, causes]) => [
    plain('plain', `  ${causes.map(({ means }) => means).join(', ')}`),
    ...wrapped(helps, width - 4).map((line) => plain('faint', `    ${line}`)),
  ]);
  if (lines.length === 0 && !unknown) return [];
  return [
    empty,
    plain('strong', 'What helps'),
    ...lines,
    ...(unknown
      ? [
          plain('plain', lines.length === 0 ? '  The causes are not known.' : '  for the rest'),
          plain('faint', '    Look at what the first step to differ does there.'),
        ]
      : []),
  ];
}

function failedRows(
  { build, step, outcome, project }: Extract<Verification, { type: 'build-failed' }>,
  { failed }: Glyphs,
): readonly Row[] {
  const where = step === undefined ? '' : ` in ${step.id}`;
  const why = outcome === undefined ? '' : `: ${outcomeText(outcome)}`;
  if (build === 1) {
    return [plain('bad', `${failed} The first build of ${project} failed${where}${why}. Nothing was compared.`)];
  }
  return [
    plain('bad', `${failed} The first build of ${project} succeeded, and the second failed${where}${why}.`),
    plain('plain', 'It depends on something that a build should not depend on. Nothing was compared.'),
  ];
}

/** How to look into it. */
function keptRows(
  { type, kept, project }: Verification,
  { glyphs: { next }, again }: VerificationLook,
): readonly Row[] {
  if (kept === undefined) {
    return type === 'different'
      ? [empty, plain('plain', `${next} ${again} --keep   leaves both builds, to look into`)]
      : [];
  }
  const [first, second] = kept.runs.map((run) => `${run}:${project}`);
  const command = `${next} contractor --store ${kept.store}`;
  return [
    empty,
    plain('plain', `Both builds are kept until ${project} is verified again:`),
    ...(second === undefined ? [] : [plain('plain', `${command} diff ${first} ${second} [PATH]`)]),
    plain('plain', `${command} shell ${second ?? first}`),
  ];
}

/** A sentence in lines of that many characters, but for longer words. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line === undefined || line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines;
}

const empty: Row = { left: [] };

function plain(tone: Row['left'][number][0], text: string): Row {
  return { left: [[tone, text]] };
}
