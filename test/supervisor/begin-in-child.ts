import { openStore } from '../../store/open-store.ts';
import { recordCurrentRun } from '../../supervisor/record-current-run.ts';
import { settleProjects } from '../../supervisor/settle-projects.ts';
import { actions, currentOf, largeSpec, newRunOf } from './large-spec.ts';

/**
 * Begins a run of so many projects that are up to date, and is killed with -9 when it asks for its nth id: while it settles them one
 * after the other, or while it makes ready to record all of them at once.
 *
 *     node begin-in-child.ts STORE COUNT settle|record NTH
 */
const [directory = '', count = '', how = '', nth = ''] = process.argv.slice(2);

const store = openStore(directory);
const projects = largeSpec(Number(count));
const mark = store.stateMark();
const current = await currentOf(projects, store);
const record = newRunOf('r2', projects);
let ids = 0;
const place = {
  store,
  actions,
  bootId: 'boot',
  now: Date.now,
  hostNow: Date.now,
  newId: () => {
    if ((ids += 1) === Number(nth)) process.kill(process.pid, 'SIGKILL');
    return `n${ids}`;
  },
};
if (how === 'record') {
  const sandbox = { syncFileSystems: () => Promise.resolve() } as never;
  await recordCurrentRun({ record, projects, assessed: current, mark, trusted: [] }, { ...place, sandbox });
} else {
  store.createRun(record);
  await settleProjects(current, { ...place, run: 'r2', projects, signal: new AbortController().signal });
}
