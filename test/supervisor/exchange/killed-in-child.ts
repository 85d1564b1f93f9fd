import { createSupervisor } from '../../../supervisor/create-supervisor.ts';

/**
 * Pushes or pulls, and is killed with -9 after the first parcels, or before the last, the bill or the tree, is made.
 *
 *     node killed-in-child.ts STORE push|pull ARTIFACT PLACE first|last
 */
const [store = '', verb = '', artifact = '', place = '', moment = ''] = process.argv.slice(2);
const { artifacts } = createSupervisor({ store });
const options = {
  onProgress: ({ doneBytes, totalBytes }: { readonly doneBytes: number; readonly totalBytes: number }): void => {
    if (moment === 'first' || doneBytes === totalBytes) process.kill(process.pid, 'SIGKILL');
  },
};
await (verb === 'push' ? artifacts.push(artifact, place, options) : artifacts.pull(artifact, place, options));
