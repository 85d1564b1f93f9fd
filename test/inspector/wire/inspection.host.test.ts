import { createWebSocketInspector, createWebSocketReceiver } from '@statelyai/inspect';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createActor, createMachine } from 'xstate';
import { runsOfStore } from '../../../inspector/server/runs-of-store.ts';
import { serveInspector, type Inspector } from '../../../inspector/server/serve-inspector.ts';
import { sendInspection } from '../../../inspector/wire/send-inspection.ts';
import { onTiny, openTestStore, project, shell, whatHostLacks, type TestStore } from '../../supervisor/test-store.ts';

const lacks = await whatHostLacks();

interface Heard {
  readonly type: string;
  readonly name?: string;
  readonly sessionId: string;
  readonly definition?: string;
  readonly snapshot?: { readonly value?: unknown; readonly status?: string };
}

/** What the receiver of `@statelyai/inspect` hears at an address, and a wait for something of it. */
function receiver(server: string): { heard: Heard[]; until: (wanted: (message: Heard) => boolean) => Promise<Heard> } {
  const heard: Heard[] = [];
  const waiting = new Set<() => void>();
  createWebSocketReceiver({ server }).subscribe((message) => {
    heard.push(message as unknown as Heard);
    for (const look of waiting) look();
  });
  const until = (wanted: (message: Heard) => boolean): Promise<Heard> =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = heard.find(wanted);
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
    });
  return { heard, until };
}

describe.skipIf(lacks !== '')('the stream of inspection', () => {
  let store: TestStore;
  let inspector: Inspector;
  beforeAll(async () => {
    store = await openTestStore();
    inspector = await serveInspector(runsOfStore(store.supervisor), { command: 'contractor' });
  });
  afterAll(async () => {
    await inspector.close();
    await store.close();
  });

  test('[A-109] is read by the receiver of @statelyai/inspect, from the definition of a machine to its end, also late', async () => {
    const sender = await sendInspection(inspector.socketUrl, () => undefined);
    const { result } = await store.build([project('p', [onTiny, shell('exit 3')])], { inspect: sender.send });
    expect(result).toBe('failed');
    const { heard, until } = receiver(inspector.socketUrl); // only now
    const actor = await until(({ type, name }) => type === '@xstate.actor' && name === 'p');
    const definition = JSON.parse(actor.definition ?? '') as { states: Record<string, object> };
    expect(createMachine(definition).config).toMatchObject({ id: 'p' });
    expect(Object.keys(definition.states)).toEqual([
      '1 create-systree c',
      '2 shell exit 3',
      'built',
      'failed',
      'cancelled',
    ]);
    await until(
      ({ type, sessionId, snapshot }) =>
        type === '@xstate.snapshot' && sessionId === actor.sessionId && snapshot?.value === 'failed',
    );
    expect(heard.some(({ type, name }) => type === '@xstate.actor' && name === 'run')).toBe(true);
    await sender.close();
  });

  test('takes what any program with XState 5 sends, and hands it on', async () => {
    const other = createWebSocketInspector({ url: inspector.socketUrl });
    const { until } = receiver(inspector.socketUrl);
    const machine = createMachine({ id: 'lamp', initial: 'off', states: { off: { on: { press: 'on' } }, on: {} } });
    const actor = createActor(machine, { inspect: other.inspect });
    actor.start();
    actor.send({ type: 'press' });
    await until(({ type, name }) => type === '@xstate.actor' && name === 'lamp');
    const lit = await until(({ type, snapshot }) => type === '@xstate.snapshot' && snapshot?.value === 'on');
    expect(lit.snapshot).toMatchObject({ status: 'active' });
    other.stop();
  });

  test('is refused where nobody listens, before anything is built', async () => {
    await expect(sendInspection('ws://127.0.0.1:9', () => undefined)).rejects.toMatchObject({ code: 'USAGE' });
    await expect(sendInspection('no address', () => undefined)).rejects.toMatchObject({ code: 'USAGE' });
    const wrong = inspector.socketUrl.replace(/\/[^/]+\/inspect$/, '/wrong/inspect');
    await expect(sendInspection(wrong, () => undefined)).rejects.toMatchObject({ code: 'USAGE' });
  });
});
