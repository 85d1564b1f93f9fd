import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Builds } from './builds.ts';
import { createSupervisor } from './contractor.ts';
import { httpServer } from './http-server.ts';
import { artifactRoutes } from './routes/artifact-routes.ts';
import { hookRoutes } from './routes/hook-routes.ts';
import { runRoutes } from './routes/run-routes.ts';
import { specificationRoutes } from './routes/specification-routes.ts';
import type { Settings } from './settings.ts';
import { Specifications } from './specifications.ts';

/** A controller that answers. */
export interface Controller {
  readonly url: string;
  /**
   * Answers nothing any more, and leaves what is built: steps run on in their keepers, and the next controller adopts them.
   */
  leave(): Promise<void>;
}

/**
 * Starts a controller: takes its address, so that a second one over the same settings ends here, goes on with what an
 * earlier one has left, and answers.
 */
export async function startController(settings: Settings, log: (line: string) => void): Promise<Controller> {
  const supervisor = createSupervisor({ store: join(settings.data, 'store') });
  const specifications = new Specifications(settings.data);
  const builds = new Builds(supervisor, specifications, log);
  const server = httpServer({ token: settings.token, log });
  const leaving = new AbortController();
  const scratch = join(settings.data, 'scratch');
  const world = { server, settings, supervisor, specifications, builds, scratch, log, signal: leaving.signal };
  server.get('/health', { config: { isOpen: true } }, async (_request, reply) => {
    try {
      supervisor.runs({ limit: 1 });
      return { state: 'ready' };
    } catch (error) {
      log(`the store does not answer: ${String(error)}`);
      return await reply.code(503).send({ state: 'unusable' });
    }
  });
  specificationRoutes(world);
  hookRoutes(world);
  runRoutes(world);
  artifactRoutes(world);
  const url = await server.listen({ host: settings.host, port: settings.port });
  rmSync(scratch, { recursive: true, force: true });
  // Requests need not wait: a look at a specification comes after the one before.
  const looking = builds.lookAfterRuns(leaving.signal);
  void builds.recover();
  return {
    url,
    leave: async () => {
      builds.leave();
      leaving.abort();
      await Promise.all([looking, server.close()]);
      await supervisor.close({ steps: 'leave' });
    },
  };
}
