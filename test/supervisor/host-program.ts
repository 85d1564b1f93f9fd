// A program that builds the same specification by supervisors of its own in the stores of argv[3..], all at once, and
// writes to the file argv[2] what of the process they changed, before, while and after they built. It says nothing itself.
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { createSupervisor } from '../../supervisor/create-supervisor.ts';

const [, , report = '', ...stores] = process.argv;

/** What a library could change of the program that it is part of. */
function seen(): Readonly<Record<string, unknown>> {
  const events = [...Object.keys(constants.signals), ...process.eventNames()];
  const listeners = events.map((name) => [String(name), process.listenerCount(name)] as const);
  return {
    listeners: Object.fromEntries(listeners.filter(([, count]) => count > 0)),
    environment: createHash('sha256').update(JSON.stringify(process.env)).digest('hex'),
    directory: process.cwd(),
    umask: process.umask(),
    title: process.title,
    exitCode: process.exitCode,
  };
}

const found: string[] = [];
const before = JSON.stringify(seen());
const { emit, reallyExit, exit } = process as typeof process & { reallyExit: unknown };
const look = (when: string): void => {
  const now = JSON.stringify(seen());
  if (now !== before) found.push(`${when}: ${now}`);
  const same = process.emit === emit && process.exit === exit;
  if (!same || (process as unknown as { reallyExit: unknown }).reallyExit !== reallyExit) {
    found.push(`${when}: a function of the process is another`);
  }
};

const value = {
  projects: [
    {
      project: 'p',
      'build-steps': [
        { action: 'create-systree', 'artifact-name': 'tiny', 'container-name': 'c' },
        { action: 'shell', 'container-name': 'c', shell: `echo said; echo complained >&2; echo made > file` },
        { action: 'create-artifact', 'artifact-name': 'made' },
      ],
    },
  ],
};
let looks = 0;
const looking = setInterval(() => {
  looks++;
  look('meanwhile');
}, 20);
const results = await Promise.all(
  stores.map(async (store) => {
    const supervisor = createSupervisor({ store });
    await supervisor.artifacts.importFrom('tiny', `${store}/../../tiny`);
    await supervisor.resumeAll();
    const run = await supervisor.build({ value, directory: '/' });
    for await (const event of run.events()) look(event.type);
    const result = await run.result;
    await supervisor.gc();
    const names = supervisor.artifacts.list().map(({ name }) => name);
    const runs = supervisor.runs().map(({ id }) => id === run.id);
    await supervisor.close();
    return { result, names, runs };
  }),
);
clearInterval(looking);
look('afterwards');
writeFileSync(report, JSON.stringify({ results, looks, before, found: [...new Set(found)] }));
