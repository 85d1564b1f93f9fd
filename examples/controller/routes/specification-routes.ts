import { ContractorError, formatProblems } from '../contractor.ts';
import { Refusal } from '../refusal.ts';
import { isSpecificationName } from '../specifications.ts';
import { textOf } from './world.ts';
import type { RouteWorld } from './world.ts';

type Named = { readonly Params: { readonly name: string } };

/** Specifications: to push one, and to see how it stands. */
export function specificationRoutes({ server, supervisor, specifications, builds }: RouteWorld): void {
  const standing = (name: string): object => {
    const [newest, refusal] = [builds.newestRun(name), builds.refusalOf(name)];
    return { name, ...(newest === undefined ? {} : { newest }), ...(refusal === undefined ? {} : { refusal }) };
  };
  server.get('/specifications', () => specifications.names().map(standing));

  server.get<Named>('/specifications/:name', ({ params: { name } }) => {
    const text = specifications.read(name);
    if (text === undefined) throw unknown(name);
    return { ...standing(name), text };
  });

  // Kept first, then built: who has the answer knows that both survive the end of this process.
  server.post<Named>('/specifications/:name', async ({ params: { name }, body }, reply) => {
    if (!isSpecificationName(name)) {
      throw new Refusal(400, `\`${name}\` is no name.`, 'Use up to 64 of `a-z0-9._-`, a letter or digit first.');
    }
    const text = utf8(body);
    const read = supervisor.validate({ text, fileName: `${name}.yaml` });
    if (read.type !== 'parsed') {
      const mend = 'Correct the specification and push it again.';
      throw new ContractorError('SPEC_INVALID', formatProblems(read.problems), mend);
    }
    specifications.write(name, text);
    const found = await builds.look(name, { again: true });
    return await reply.code(found.state === 'begun' ? 201 : 200).send(found);
  });

  server.post<Named>('/specifications/:name/build', async ({ params: { name } }, reply) => {
    const found = await builds.look(name, { again: true });
    return await reply.code(found.state === 'begun' ? 201 : 200).send(found);
  });
}

function utf8(body: unknown): string {
  try {
    return textOf(body);
  } catch {
    throw new Refusal(400, 'The specification is not UTF-8 text.', 'Send the file as it is.');
  }
}

function unknown(name: string): Refusal {
  return new Refusal(404, `There is no specification \`${name}\`.`, 'Push it first.');
}
