import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import type { BuildEvent } from '../../supervisor/build-event.ts';
import { buildEventSchema } from '../../supervisor/build-event-schema.ts';
import { conduct } from '../cli/rig/conduct.ts';

const validate = new Ajv2020({ strict: true, strictTypes: false, allErrors: true }).compile(buildEventSchema);

const conducted = (): BuildEvent[] => {
  const events: BuildEvent[] = [];
  const build = conduct({ a: ['fetch', 'shell'], b: ['shell'] }, (event) => events.push(event), {
    needs: { b: ['a'] },
  });
  build.start();
  build.project('a');
  build.step('a', 1);
  build.progress('a', 1, { label: 'fetching', done: 1, total: 2 });
  build.ends('a', 1, { type: 'failed', exitCode: 1, temporary: true }, 'retry');
  build.waits('a', 1, 1000);
  build.step('a', 1);
  build.ends('a', 1);
  const step = { project: 'a', step: '2-shell' };
  build.tell({ type: 'step-adopted', ...step, attempt: 1, attemptId: 'x', startedAt: 1 });
  build.tell({ type: 'step-reused', ...step, attempt: 1, attemptId: 'x', from: 'r0' });
  build.tell({ type: 'step-dropped', ...step, from: 'r0', because: 'the step was changed' });
  build.tell({
    type: 'artifact-published',
    ...step,
    artifact: 'x',
    version: 1,
    digest: 'd',
    isNew: true,
    files: 1,
    sizeBytes: 2,
    dropped: [{ path: 'p', type: 'socket' }],
  });
  build.tell({ type: 'project-paused', ...step, because: 'failure' });
  build.projectEnds('a', 'failed');
  build.projectEnds('b', 'skipped', 'a');
  build.runEnds('failed');
  return events;
};

test('[A-110] every kind of event is as its published schema says', () => {
  const events = conducted();
  const kinds = (buildEventSchema['oneOf'] as readonly { readonly title: string }[]).map(({ title }) => title);
  expect(new Set(events.map(({ type }) => type))).toEqual(new Set(kinds));
  for (const event of events) expect([event.type, validate(event), validate.errors]).toEqual([event.type, true, null]);
});

describe('the schema refuses', () => {
  const [started] = conducted();
  test.each([
    ['an event of no kind', { ...started, type: 'run-begun' }],
    ['an event that lacks a key', { ...started, projects: undefined }],
    ['a key with another value', { ...started, at: 'yesterday' }],
  ])('%s', (_, event) => {
    expect(validate(JSON.parse(JSON.stringify(event)))).toBe(false);
  });
});
