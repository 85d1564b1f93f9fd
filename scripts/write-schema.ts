/** Writes the JSON Schema of a build specification to the file named by the first argument. */
import { writeFileSync } from 'node:fs';
import { declarations } from '../actions/all-actions.ts';
import { buildSpecSchema } from '../spec-schema/build-spec-schema.ts';

const file = process.argv[2];
if (!file) throw new Error('usage: write-schema.ts FILE');
writeFileSync(file, `${JSON.stringify(buildSpecSchema(declarations), null, 2)}\n`);
