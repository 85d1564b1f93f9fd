import { ContractorError } from '../../errors.ts';
import type { AttemptDetails, ProjectDetails, RunDetails, StepDetails, Supervisor } from '../../index.ts';

/** One attempt of one step of a run. */
export interface ChosenAttempt {
  readonly run: string;
  readonly project: string;
  readonly step: string;
  readonly attempt: AttemptDetails;
}

interface Candidate {
  readonly project: ProjectDetails;
  readonly step: StepDetails;
  readonly attempt: AttemptDetails;
}

/** A reference to a step as it is typed: `run:project:step`, any of them left out. */
export interface StepWords {
  readonly run?: string;
  readonly project?: string;
  readonly step?: string;
}

/** The parts of `run:project:step` that are there. */
export function stepWords(text: string): StepWords {
  const [run, project, step, ...rest] = text.split(':');
  if (rest.length > 0 || (step && !project)) {
    throw new ContractorError(
      'USAGE',
      `\`${text}\` does not name a step.`,
      'Write RUN, RUN:PROJECT or RUN:PROJECT:STEP, as in `contractor logs k3x9:hello:3`.',
    );
  }
  return { ...(run ? { run } : {}), ...(project ? { project } : {}), ...(step ? { step } : {}) };
}

/**
 * The run that a reference names, and what of it. A word that begins the id of no run may be a project of the newest
 * run: `hello:3` is then `:hello:3`.
 */
export function namedRun(
  text: string,
  supervisor: Pick<Supervisor, 'run'>,
): { readonly run: RunDetails; readonly words: StepWords } {
  const words = stepWords(text);
  try {
    return { run: supervisor.run(words.run), words };
  } catch (error) {
    const { run: name, project: step } = words;
    if (!(error instanceof ContractorError) || error.code !== 'RUN_UNKNOWN') throw error;
    if (name === undefined || words.step !== undefined) throw error;
    const newest = supervisor.run();
    if (!newest.projects.some((project) => project.name === name)) throw error;
    return { run: newest, words: { project: name, ...(step === undefined ? {} : { step }) } };
  }
}

/**
 * The attempt of `run` that is meant. Where no step is named: the newest that
 * failed for good, else the one that runs, else the last. Whoever follows wants
 * the one that runs first.
 */
export function chosenAttempt(
  run: RunDetails,
  words: StepWords,
  { attempt, follow }: { attempt?: number; follow?: boolean },
): ChosenAttempt {
  const projects = words.project === undefined ? run.projects : [projectNamed(words.project, run)];
  const steps = projects.flatMap((project) =>
    (words.step === undefined ? project.steps : [stepNamed(words.step, project)]).map((step) => ({ project, step })),
  );
  const candidates = steps.flatMap(({ project, step }): Candidate[] => {
    const found = attempt === undefined ? step.attempts.at(-1) : step.attempts.find(({ number }) => number === attempt);
    return found === undefined ? [] : [{ project, step, attempt: found }];
  });
  const inTime = candidates.toSorted((a, b) => a.attempt.startedAt - b.attempt.startedAt);
  const failed = inTime.findLast(({ attempt: { outcome } }) => outcome !== undefined && outcome.type !== 'succeeded');
  const running = inTime.findLast(({ attempt: { endedAt } }) => endedAt === undefined);
  const chosen = (follow ? (running ?? failed) : (failed ?? running)) ?? inTime.at(-1);
  if (chosen === undefined) throw noAttempt(run, words, attempt);
  return { run: run.id, project: chosen.project.name, step: chosen.step.id, attempt: chosen.attempt };
}

function projectNamed(name: string, run: RunDetails): ProjectDetails {
  const found = run.projects.find((project) => project.name === name);
  if (found !== undefined) return found;
  throw new ContractorError(
    'PROJECT_UNKNOWN',
    `Run ${run.id} has no project \`${name}\`.`,
    `Name one of its projects: ${run.projects.map((project) => project.name).join(', ')}.`,
  );
}

function stepNamed(word: string, project: ProjectDetails): StepDetails {
  const found =
    project.steps.find(({ id }) => id === word) ?? project.steps[/^\d+$/.test(word) ? Number(word) - 1 : -1];
  if (found !== undefined) return found;
  throw new ContractorError(
    'STEP_UNKNOWN',
    `Project \`${project.name}\` has no step \`${word}\`.`,
    `Name one of its steps, by id or number: ${project.steps.map(({ id }) => id).join(', ')}.`,
  );
}

function noAttempt(run: RunDetails, { project, step }: StepWords, attempt: number | undefined): ContractorError {
  const what = [run.id, project, step].filter(Boolean).join(':');
  return new ContractorError(
    'STEP_UNKNOWN',
    attempt === undefined ? `Nothing of ${what} has started.` : `There is no attempt ${attempt} of ${what}.`,
    `See what has been done with \`contractor status ${run.id}\`.`,
  );
}
