// Builds the specification in argv[4] in a store, for tests that kill the builder.
import { createSupervisor } from '../../supervisor/create-supervisor.ts';

const [, , store = '', directory = '', spec = ''] = process.argv;
const run = await createSupervisor({ store }).build({ value: JSON.parse(spec) as unknown, directory });
for await (const event of run.events()) {
  if (event.type === 'step-started') console.log(`${run.id} ${event.step}`);
  if (event.type === 'step-waiting') console.log(`${run.id} waiting`);
}
