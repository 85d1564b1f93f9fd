import type { IncomingMessage, ServerResponse } from 'node:http';
import { ContractorError } from '../../errors.ts';
import type { ShownRuns } from './shown-runs.ts';

/** Answers one kind of request. What it throws is told to whoever asked. */
export type Route = (call: {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
}) => void | Promise<void>;

/** What routes work with. */
export interface RouteWorld {
  readonly shown: ShownRuns;
  /** How a person calls contractor on what is shown. */
  readonly command: string;
  /** Aborted when the server closes. */
  readonly signal: AbortSignal;
}

export function sendJson(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(value));
}

/** @throws USAGE when it is not there */
export function wordOf(query: URLSearchParams, name: string): string {
  const word = query.get(name);
  if (word) return word;
  throw new ContractorError('USAGE', `The request does not say which ${name}.`, 'Load the page again.');
}

export function numberOf(query: URLSearchParams, name: string, otherwise: number): number {
  const value = Number(query.get(name) ?? otherwise);
  return Number.isSafeInteger(value) ? value : otherwise;
}
