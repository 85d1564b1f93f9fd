import { ContractorError } from '../../index.ts';
import type { StateReference, Supervisor } from '../../index.ts';
import type { Context } from '../context.ts';
import { printJson, printRows } from '../print.ts';
import { glyphsFor } from '../text/glyphs.ts';
import { changeRows } from './change-rows.ts';
import { printPatch } from './print-patch.ts';

/** The options of the commands that show how two states differ. */
export interface DiffOptions {
  readonly json?: boolean;
  readonly all?: boolean;
}

/** Of a file that is asked for by its path, so much is read: what a person reads, and with `--all` what memory holds. */
const MOST_BYTES = 1024 * 1024;
const MOST_BYTES_OF_ALL = 256 * 1024 * 1024;

/** Prints what is another in the second state: the entries, or of one file its contents. */
export async function printDiff(
  states: readonly [StateReference, StateReference],
  { path, json, all }: DiffOptions & { readonly path: string | undefined },
  { supervisor: { workbench }, context }: { readonly supervisor: Supervisor; readonly context: Context },
): Promise<void> {
  if (path !== undefined && !json) {
    const versions = await workbench.versions(...states, { path, mostBytes: all ? MOST_BYTES_OF_ALL : MOST_BYTES });
    sayThatItMoves(versions, context);
    if (versions.before === undefined && versions.after === undefined) {
      throw new ContractorError(
        'USAGE',
        `There is nothing at \`${path}\`, neither before nor after.`,
        'See what there is without a path; one that begins with `/` is the container’s, any other the workspace’s.',
      );
    }
    if (versions.before?.contents !== undefined || versions.after?.contents !== undefined) {
      printPatch(versions, context);
      return;
    }
  }
  const comparison = await workbench.compare(...states, path === undefined ? {} : { path });
  if (!json) sayThatItMoves(comparison, context);
  if (json) printJson(comparison, context);
  else printRows(changeRows(comparison, glyphsFor(context.env)), context);
}

/** Beside what is printed, which may be for `patch`. */
function sayThatItMoves({ moves }: { readonly moves?: true }, { stderr }: Context): void {
  if (moves === true) stderr.write('contractor: the step still runs; this is what it has done so far.\n');
}
