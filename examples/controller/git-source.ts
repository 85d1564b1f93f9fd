import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Refusal } from './refusal.ts';

/** Where a specification lies in a git repository. */
export interface HookedSource {
  /** What `git fetch` takes. */
  readonly repository: string;
  readonly branch: string;
  /** Of the specification, inside. */
  readonly path: string;
}

const FETCH_MS = 60_000;

/**
 * The specification as the branch has it now, with its commit. Fetched anew each time, that commit alone,
 * and nothing of it is kept: there is no clone that could be stale, torn by a crash, or in use twice.
 */
export async function specificationOfGit(
  { repository, branch, path }: HookedSource,
  { scratch, largest }: { readonly scratch: string; readonly largest: number },
): Promise<{ readonly commit: string; readonly text: string }> {
  await mkdir(scratch, { recursive: true, mode: 0o700 });
  const directory = await mkdtemp(join(scratch, 'git-'));
  const git = async (...words: readonly string[]): Promise<string> => {
    // Named, as a variable of the environment may name another.
    const settings = ['-c', 'maintenance.auto=false', '-c', 'gc.auto=0', '-c', 'fetch.fsckObjects=true'];
    const { stdout } = await promisify(execFile)('git', [...settings, `--git-dir=${directory}`, ...words], {
      encoding: 'utf8',
      timeout: FETCH_MS,
      killSignal: 'SIGKILL',
      maxBuffer: largest + 1024,
      env: { ...process.env, GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C' },
    });
    return stdout;
  };
  try {
    await git('init', '--quiet', '--bare');
    await git('fetch', '--quiet', '--depth=1', '--no-tags', '--', repository, `refs/heads/${branch}`);
    const commit = (await git('rev-parse', '--verify', 'FETCH_HEAD^{commit}')).trim();
    const size = Number(await git('cat-file', '-s', `${commit}:${path}`));
    if (!(size <= largest)) throw new Refusal(422, `\`${path}\` has ${size} bytes.`, `Keep it below ${largest}.`);
    return { commit, text: await git('cat-file', 'blob', `${commit}:${path}`) };
  } catch (error) {
    if (error instanceof Refusal) throw error;
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim().slice(-500) : '';
    throw new Refusal(
      502,
      `\`${path}\` of the branch \`${branch}\` could not be had: ${said || 'git did not end in time'}.`,
      'See that the repository can be reached and has the file, then deliver the hook again.',
    );
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
