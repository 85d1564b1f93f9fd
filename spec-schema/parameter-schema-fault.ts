import { createRequire } from 'node:module';
import { isDeepStrictEqual } from 'node:util';
import type * as ajv from 'ajv/dist/2020.js';
import type { JsonObject } from './build-spec.ts';

/**
 * What is wrong with the schema of a parameter that somebody else has written; undefined when nothing is. An unknown
 * keyword is wrong too: it would be a rule that nobody keeps.
 */
export function parameterSchemaFault(schema: JsonObject): string | undefined {
  let copy: unknown;
  try {
    copy = JSON.parse(JSON.stringify(schema));
  } catch (error) {
    return `it is not JSON (${wordsOf(error)})`;
  }
  const { Ajv2020 } = createRequire(import.meta.url)('ajv/dist/2020.js') as typeof ajv;
  if (!isDeepStrictEqual(copy, schema)) return 'it is not JSON';
  try {
    const compiler = new Ajv2020({ strictTypes: false, logger: false, keywords: ['patternErrorMessage'] });
    const validate = compiler.compile(copy as JsonObject);
    if ('$async' in schema || '$ref' in schema || '$id' in schema) return 'it refers to another';
    if (!('default' in schema) || validate(schema['default'])) return undefined;
    return 'its `default` is not what it admits';
  } catch (error) {
    return wordsOf(error);
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
