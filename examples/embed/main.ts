/**
 * A program that embeds contractor: it builds the specification that its first
 * argument names, prints what happens, and ends with 0 when all was built. Its
 * second argument is the store, which may be left out.
 *
 *     node examples/embed/main.ts examples/hello/build.yaml
 *
 * Outside of this checkout the import is `from 'contractor'`.
 */
import { createSupervisor, outcomeText, readSpecFile } from '../../index.ts';
import type { BuildEvent } from '../../index.ts';

const [specFile = 'build.yaml', store] = process.argv.slice(2);
const supervisor = createSupervisor(store === undefined ? {} : { store });
const interrupted = new AbortController();
process.once('SIGINT', () => interrupted.abort());
try {
  const run = await supervisor.build(readSpecFile(specFile), { signal: interrupted.signal });
  for await (const event of run.events()) {
    const line = lineOf(event);
    if (line !== undefined) console.log(line);
  }
  process.exitCode = (await run.result) === 'built' ? 0 : 1;
} finally {
  await supervisor.close();
}

function lineOf(event: BuildEvent): string | undefined {
  switch (event.type) {
    case 'step-started':
      return `${event.project}: ${event.step} started`;
    case 'step-ended':
      return `${event.project}: ${event.step} ${outcomeText(event.outcome)}`;
    case 'artifact-published':
      return `${event.project}: made ${event.artifact}@${event.version}`;
    case 'project-ended':
      return `${event.project}: ${event.result}`;
    case 'run-ended':
      return `run ${event.run}: ${event.result}`;
    case 'run-started':
    case 'project-started':
    case 'project-paused':
    case 'step-waiting':
    case 'step-adopted':
    case 'step-reused':
    case 'step-dropped':
    case 'step-progress':
      return undefined;
  }
}
