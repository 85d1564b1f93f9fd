/** How soon a killed run of very many steps goes on, and in how much memory. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { BuildEvent } from '../index.ts';

/** Where it is measured: the built command line, a store that holds the artifact `systree`, a directory to work in. */
export interface ResumePlace {
  readonly cli: string;
  readonly store: string;
  readonly scratch: string;
}

export interface ResumeFigures {
  /** From the start of the process to the event that a step begins or is taken over. */
  readonly firstStepMs: readonly number[];
  /** The most memory the process had until then. */
  readonly peakMegabytes: readonly number[];
}

/** Builds `projects` projects of `steps` steps, kills contractor in the last step of the last one, then resumes and kills `runs` times. */
export async function resumeFigures(
  { cli, store, scratch }: ResumePlace,
  { projects, steps, runs }: { readonly projects: number; readonly steps: number; readonly runs: number },
): Promise<ResumeFigures> {
  const directory = join(scratch, `resume-${projects}-${steps}`);
  mkdirSync(directory);
  writeFileSync(join(directory, 'build.yaml'), JSON.stringify({ projects: specification(projects, steps) }));
  const untilKilled = async (argv: readonly string[], isReached: (event: BuildEvent) => boolean) => {
    const startedAt = performance.now();
    const child = spawn(process.execPath, [cli, '--store', store, ...argv, '--json'], {
      cwd: directory,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    for await (const line of createInterface(child.stdout)) {
      const event = JSON.parse(line) as BuildEvent;
      if (!isReached(event)) continue;
      const ms = performance.now() - startedAt;
      const kilobytes = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1];
      child.kill('SIGKILL');
      await once(child, 'exit');
      return { run: event.run, ms, megabytes: Number(kilobytes) / 1024 };
    }
    throw new Error(`contractor ${argv.join(' ')} ended too soon`);
  };
  const isLast = (event: BuildEvent): boolean =>
    (event.type === 'step-started' || event.type === 'step-adopted') && event.step.endsWith('-shell');
  const { run } = await untilKilled(['build', '--no-cache', '--jobs', '2'], isLast);
  const resumed = [];
  for (let n = 0; n < runs; n += 1) resumed.push(await untilKilled(['resume', run], isLast));
  const cancel = spawn(process.execPath, [cli, '--store', store, 'cancel', run], { stdio: 'ignore' });
  await once(cancel, 'exit');
  return { firstStepMs: resumed.map(({ ms }) => ms), peakMegabytes: resumed.map(({ megabytes }) => megabytes) };
}

function specification(projects: number, steps: number): object[] {
  const quick = Array.from({ length: steps }, () => ({ action: 'empty-workspace' }));
  const last = [
    { action: 'create-systree', 'artifact-name': 'systree', 'container-name': 'c' },
    { action: 'shell', 'container-name': 'c', shell: 'sleep 600' },
  ];
  return Array.from({ length: projects }, (_, n) => ({
    project: `p${n}`,
    'build-steps': n === projects - 1 ? [...quick, ...last] : quick,
  }));
}
