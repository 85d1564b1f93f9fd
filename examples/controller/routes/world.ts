import type { FastifyInstance } from 'fastify';
import type { Builds } from '../builds.ts';
import type { Supervisor } from '../contractor.ts';
import type { Settings } from '../settings.ts';
import type { Specifications } from '../specifications.ts';

/** What routes work with. */
export interface RouteWorld {
  readonly server: FastifyInstance;
  readonly settings: Settings;
  readonly supervisor: Supervisor;
  readonly specifications: Specifications;
  readonly builds: Builds;
  /** A directory for what lasts no longer than a request. */
  readonly scratch: string;
  readonly log: (line: string) => void;
  /** Aborted when the controller ends. */
  readonly signal: AbortSignal;
}

/** The body of a request as text. @throws where it is not UTF-8 */
export function textOf(body: unknown): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(body instanceof Buffer ? body : Buffer.alloc(0));
}
