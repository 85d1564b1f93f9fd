import { specificationOfGit } from '../git-source.ts';
import { LARGEST_DELIVERY, LARGEST_SPECIFICATION } from '../http-server.ts';
import { Refusal } from '../refusal.ts';
import { isSigned, pushedRef } from '../signatures.ts';
import type { RouteWorld } from './world.ts';

/**
 * What git servers tell. Of a delivery nothing counts but that it is signed and which branch it is of: the
 * specification is read from where the settings say, as it is now. So a delivery that comes late, twice or out of order
 * has the same effect as one that does not.
 */
export function hookRoutes({ server, settings, specifications, builds, scratch }: RouteWorld): void {
  server.post<{ Params: { readonly name: string } }>(
    '/hooks/:name',
    { bodyLimit: LARGEST_DELIVERY, config: { isOpen: true } },
    async ({ params: { name }, headers, body }, reply) => {
      const hook = settings.hooks.get(name);
      const bytes = body instanceof Buffer ? body : Buffer.alloc(0);
      // A hook that there is not is refused like one that is not signed: names are not told.
      if (!isSigned(headers, bytes, hook?.secret ?? settings.token) || hook === undefined) {
        throw new Refusal(401, 'The delivery is not signed by the secret of this hook.', 'Give both the same secret.');
      }
      const ref = refOf(headers, bytes);
      if (ref !== `refs/heads/${hook.branch}`) return { state: 'ignored' };
      const { commit, text } = await specificationOfGit(hook, { scratch, largest: LARGEST_SPECIFICATION });
      // The commit is in the text, so another one is something else that is wanted, also where the file is the same.
      specifications.write(name, `${text}${text.endsWith('\n') ? '' : '\n'}# from commit ${commit}\n`);
      // Git servers wait some seconds only. What is refused is told by GET /specifications/NAME.
      void builds.lookLater(name);
      return await reply.code(202).send({ state: 'taken', commit });
    },
  );
}

function refOf(headers: Parameters<typeof pushedRef>[0], body: Buffer): string | undefined {
  try {
    return pushedRef(headers, body);
  } catch {
    throw new Refusal(400, 'The delivery is no JSON.', 'Set the content type of the hook to `application/json`.');
  }
}
