import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { landlock } from '../../sandbox/host/landlock.ts';
import type { Plan } from '../../supervisor/plan.ts';
import type { Receipt } from '../../supervisor/receipt.ts';
import type { BuildEvent } from '../../supervisor/build-event.ts';
import { openTestStore, project, whatHostLacks } from '../supervisor/test-store.ts';
import type { TestStore } from '../supervisor/test-store.ts';

const lacking = await whatHostLacks();
const hasPorts = lacking === '' && /ersion ([4-9]|\d{2,})/.test((await landlock()).found);
let store: TestStore;
let elsewhere: Server;
let sendsOn: Server;
let visitors = 0;

async function listening(listener: RequestListener): Promise<Server> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

describe.skipIf(!hasPorts)('a tool in the network, where the kernel has Landlock', () => {
  let plan: Plan;
  let receipt: Receipt;
  let ended: Extract<BuildEvent, { type: 'step-ended' }> | undefined;

  beforeAll(async () => {
    store = await openTestStore();
    elsewhere = await listening((_, response) => {
      visitors += 1;
      response.writeHead(404).end();
    });
    sendsOn = await listening((request, response) => {
      response.writeHead(302, { location: `http://127.0.0.1:${portOf(elsewhere)}${request.url ?? ''}` }).end();
    });
    const url = `http://127.0.0.1:${portOf(sendsOn)}/repository`;
    const projects = [project('p', [{ action: 'git', url }])];
    plan = await store.supervisor.plan({ value: { projects }, directory: store.work });
    const run = await store.build(projects);
    ended = run.events.find((event) => event.type === 'step-ended');
    receipt = await store.supervisor.receipt({ run: run.id, project: 'p', step: '1' });
  });
  afterAll(async () => {
    for (const server of [elsewhere, sendsOn]) server.close();
    await store.close();
  });

  test('[A-85] has a receipt with the only ports that it could connect to', () => {
    expect(receipt.witness?.landlock?.version).toBeGreaterThanOrEqual(4);
    expect(receipt.witness?.landlock?.ports).toEqual([53, 80, 443, portOf(sendsOn)]);
  });

  test('[A-257] has the same in the plan, before anything is run', () => {
    expect(plan.projects[0]?.steps[0]?.expected?.landlock).toEqual(receipt.witness?.landlock);
  });

  test('[A-89] that is sent on to another port comes to nothing, and is told which one, at once', () => {
    expect(visitors).toBe(0);
    expect(ended?.attempt).toBe(1);
    expect(ended?.next).toBe('end');
    expect(ended?.outcome).toMatchObject({
      type: 'failed',
      hint: expect.stringContaining(`port ${portOf(elsewhere)}`) as string,
    });
  });
});
