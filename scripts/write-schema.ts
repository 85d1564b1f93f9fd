/** Writes the JSON Schemas that the package ships, below the directory named by the first argument. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { declarations } from '../actions/all-actions.ts';
import { buildSpecSchema } from '../spec-schema/build-spec-schema.ts';
import { buildEventSchema } from '../supervisor/build-event-schema.ts';

const directory = process.argv[2];
if (!directory) throw new Error('usage: write-schema.ts DIRECTORY');
write('spec-schema/spec.schema.json', buildSpecSchema(declarations));
write('supervisor/event.schema.json', buildEventSchema);

function write(path: string, schema: unknown): void {
  const file = join(directory ?? '', path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(schema, null, 2)}\n`);
}
