import { expect, test } from 'vitest';
import { jsonFace } from '../../../cli/progress/json-face.ts';
import type { BuildEvent } from '../../../index.ts';
import { conduct } from '../rig/conduct.ts';
import { capture } from '../rig/screen.ts';

test.each([
  ['lines', false, /^\{.*\}\n\{.*\}\n$/],
  ['a JSON text sequence of RFC 7464', true, /^\u001e\{.*\}\n\u001e\{.*\}\n$/],
])('events are written as %s', (_, asSequence, form) => {
  const { output, text } = capture();
  const face = jsonFace({ output }, { asSequence });
  const events: BuildEvent[] = [];
  const build = conduct({ p: ['shell'] }, (event) => {
    events.push(event);
    face.handle(event);
  });
  build.start();
  build.project('p');
  face.end();
  expect(text()).toMatch(form);
  const parts = text()
    .split('\n')
    .filter((line) => line !== '');
  expect(parts.map((part): unknown => JSON.parse(part.replace('\u001e', '')))).toEqual(events);
});
