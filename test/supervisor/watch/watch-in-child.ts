// Watches the specification build.yaml of argv[3] in a store, for tests that kill who watches. Prints what it is told.
import { join } from 'node:path';
import { createSupervisor } from '../../../supervisor/create-supervisor.ts';
import { readSpecFile } from '../../../supervisor/spec-source.ts';

const [, , store = '', directory = ''] = process.argv;
for await (const event of createSupervisor({ store }).watch(readSpecFile(join(directory, 'build.yaml')))) {
  console.log(event.type === 'step-started' ? `${event.type} ${event.step}` : event.type);
}
