import fastify from 'fastify';
import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';
import { ContractorError } from './contractor.ts';
import type { ErrorCode } from './contractor.ts';
import { Refusal } from './refusal.ts';
import { isSame } from './signatures.ts';

/** No specification and no push of a git server is larger in practice. */
export const LARGEST_SPECIFICATION: number = 1024 * 1024;
export const LARGEST_DELIVERY: number = 5 * 1024 * 1024;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** It needs no bearer token, as it tells nothing, or looks for a signature itself. All else does, addresses without a route too. */
    readonly isOpen?: true;
  }
}

const STATUS: Partial<Record<ErrorCode, number>> = {
  SPEC_INVALID: 422,
  SOURCE_OUTSIDE: 422,
  REPOSITORY_REFUSED: 422,
  LOCK_UNFIT: 422,
  PROJECT_UNKNOWN: 404,
  RUN_UNKNOWN: 404,
  STEP_UNKNOWN: 404,
  ARTIFACT_UNKNOWN: 404,
  RUN_ENDED: 409,
  RUN_UNFINISHED: 409,
  SUPERVISOR_CLOSING: 503,
  RUN_OWNED: 409,
  RUN_OF_OTHER_SPEC: 409,
  USAGE: 400,
  CURSOR_UNFIT: 400,
  STORE_UNUSABLE: 503,
  HOST_UNSUITABLE: 503,
};

/** A server with limits, access control and one way to say no; routes come on top of it. */
export function httpServer({
  token,
  log,
}: {
  readonly token: string;
  readonly log: (line: string) => void;
}): FastifyInstance {
  const server = fastify({
    bodyLimit: LARGEST_SPECIFICATION,
    requestTimeout: 30_000,
    connectionTimeout: 0, // A stream of events may be silent for hours.
    keepAliveTimeout: 5000,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 300 },
  });
  server.server.maxConnections = 500;
  // Bodies come as they are: a signature is over bytes, and a specification is text.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  server.addHook('onRequest', async (request, reply) => {
    reply.headers({ 'X-Content-Type-Options': 'nosniff', 'Cache-Control': 'no-store' });
    if (request.routeOptions.config.isOpen === true) return;
    const given = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
    if (isSame(given, token)) return;
    reply.header('WWW-Authenticate', 'Bearer');
    throw new Refusal(401, 'The request lacks the right token.', 'Send `Authorization: Bearer TOKEN`.');
  });
  server.setNotFoundHandler((_request, reply) =>
    refuse(reply, new Refusal(404, 'There is nothing at this address.', 'See the README of the controller.')),
  );
  server.setErrorHandler((error: FastifyError | Error, request, reply) => {
    if (error instanceof Refusal) return refuse(reply, error);
    if (error instanceof ContractorError) {
      return refuse(reply, new Refusal(STATUS[error.code] ?? 500, error.message, error.mend), error.code);
    }
    const status = 'statusCode' in error ? (error.statusCode ?? 500) : 500;
    if (status < 500) return refuse(reply, new Refusal(status, error.message, 'Correct the request.'));
    // What went wrong inside is for who runs the controller.
    log(`${request.method} ${request.routeOptions.url ?? ''}: ${error.stack ?? error.message}`);
    return refuse(reply, new Refusal(500, 'Something went wrong.', 'See what the controller has logged.'));
  });
  return server;
}

function refuse(reply: FastifyReply, { status, message, mend }: Refusal, code?: ErrorCode): FastifyReply {
  return reply.code(status).send({ ...(code === undefined ? {} : { code }), message, mend });
}
