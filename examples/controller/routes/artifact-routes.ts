import { randomUUID } from 'node:crypto';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Refusal } from '../refusal.ts';
import type { RouteWorld } from './world.ts';

const MOST_DOWNLOADS = 4;

/** Artifacts: their list, and one as a tar archive. */
export function artifactRoutes({ server, supervisor, scratch }: RouteWorld): void {
  let downloads = 0;
  server.get('/artifacts', () => supervisor.artifacts.list());

  server.get<{ Params: { readonly name: string; readonly version: number } }>(
    '/artifacts/:name/:version',
    { schema: { params: { properties: { version: { type: 'integer', minimum: 1 } } } } },
    async ({ params: { name, version } }, reply) => {
      supervisor.artifacts.show(`${name}@${version}`); // Refuses one that there is not.
      if (downloads >= MOST_DOWNLOADS) throw new Refusal(503, 'Too many download now.', 'Come back later.');
      downloads += 1;
      reply.raw.on('close', () => (downloads -= 1));
      await mkdir(scratch, { recursive: true, mode: 0o700 });
      const path = join(scratch, `${randomUUID()}.tar.zst`);
      try {
        await supervisor.artifacts.exportTo(`${name}@${version}`, path);
        const file = await open(path);
        reply
          .type('application/zstd')
          .header('Content-Length', (await file.stat()).size)
          .header('Content-Disposition', `attachment; filename="${name}-${version}.tar.zst"`);
        return await reply.send(file.createReadStream());
      } finally {
        // Who reads it has it open; nothing is left of it after a crash.
        await rm(path, { force: true });
      }
    },
  );
}
