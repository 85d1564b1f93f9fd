// Builds the specification in argv[4], as the file build.yaml of argv[3], in a store, for tests that kill the builder.
import { join } from 'node:path';
import { createSupervisor } from '../../supervisor/create-supervisor.ts';

const [, , store = '', directory = '', text = ''] = process.argv;
const run = await createSupervisor({ store }).build(
  { text, fileName: join(directory, 'build.yaml') },
  { noCache: true },
);
for await (const event of run.events()) {
  if (event.type === 'step-started') console.log(`${run.id} ${event.step}`);
  if (event.type === 'step-waiting') console.log(`${run.id} waiting`);
}
