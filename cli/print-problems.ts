import { ContractorError } from '../errors.ts';
import { formatProblems, type Problem, type SpecSource, type Supervisor } from '../index.ts';
import type { Context } from './context.ts';
import { EXIT } from './exit-status.ts';
import { countText } from './text/count-text.ts';

/** Every problem of a specification with its place, and how many there are. */
export function printProblems(problems: readonly Problem[], { stderr }: Context): void {
  stderr.write(`${formatProblems(problems)}\n\n${countText(problems.length, 'problem')} in the specification\n`);
}

/**
 * What `use` gives, or nothing when it refuses `source` for its problems: these
 * are printed then, as `validate` does.
 */
export async function withProblemsPrinted<T>(
  { supervisor, source, context }: { supervisor: Supervisor; source: SpecSource; context: Context },
  use: () => T | Promise<T>,
): Promise<T | undefined> {
  try {
    return await use();
  } catch (error) {
    if (!(error instanceof ContractorError) || error.code !== 'SPEC_INVALID') throw error;
    const checked = supervisor.validate(source);
    if (checked.type !== 'invalid') throw error;
    printProblems(checked.problems, context);
    context.exitStatus = EXIT.usage;
    return undefined;
  }
}
