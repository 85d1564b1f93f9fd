import { createActor, waitFor } from 'xstate';
import type { AnyStateMachine } from 'xstate';
import { expect, test } from 'vitest';
import { graphText } from '../../../inspector/graph/graph-text.ts';
import type { Project } from '../../../index.ts';
import { evaluatedModule } from '../../evaluated-module.ts';
import { step } from '../../machines/samples.ts';

const project = (name: string, dependsOn: readonly string[] = []): Project => ({
  name,
  dependsOn,
  steps: [step('1-shell', { title: 'say "<b>&amp;</b>"' })],
});
const spec = { projects: [project('end'), project('b.c', ['end']), project('d', ['end', 'b.c'])] };

test('the graph of the projects as a machine runs, and builds each after those it needs', async () => {
  const { machine } = await evaluatedModule(await graphText(spec, { format: 'xstate' }));
  const actor = createActor(machine as AnyStateMachine);
  const order: string[] = [];
  actor.subscribe((snapshot) => {
    for (const [name, state] of Object.entries((snapshot as { value: Record<string, string> }).value)) {
      if (state === 'built' && !order.includes(name)) order.push(name);
    }
  });
  actor.start();
  await waitFor(actor, ({ status }) => status === 'done');
  expect(order).toEqual(['end', 'b·c', 'd']);
});

test('Mermaid gets numbers for ids, as it keeps words like `end`, and no character that it reads as its own', async () => {
  expect(await graphText(spec, { format: 'mermaid' })).toBe(
    [
      'flowchart LR',
      '  n1["end · 1 step"]',
      '  n2["b.c · 1 step"]',
      '  n3["d · 1 step"]',
      '  n1 --> n2',
      '  n1 --> n3',
      '  n2 --> n3',
      '',
    ].join('\n'),
  );
  const machine = await graphText(spec, { project: spec.projects[0], format: 'mermaid' });
  expect(machine).toContain('state "1 say #34;#60;b#62;#38;amp#59;#60;/b#62;#34;" as n1');
  expect(machine).toContain('n1 --> n2 : succeeded');
});

test('Graphviz and SVG get text as text', async () => {
  const format = async (format: 'dot' | 'svg'): Promise<string> =>
    await graphText(spec, { project: spec.projects[0], format });
  expect(await format('dot')).toContain(String.raw`"1 say \"<b>&amp;</b>\"" [label=`);
  const svg = await format('svg');
  expect(svg).toContain('1 say &quot;&lt;b&gt;&amp;amp;&lt;/b&gt;&quot;');
  expect(svg).not.toContain('<b>');
});

test('JSON has the steps of each project, or the states of the machine', async () => {
  expect(JSON.parse(await graphText(spec, { format: 'json' }))).toMatchObject({
    projects: [{ name: 'end' }, { name: 'b.c', dependsOn: ['end'] }, { name: 'd', steps: [{ id: '1-shell' }] }],
  });
  expect(JSON.parse(await graphText(spec, { project: spec.projects[2], format: 'json' }))).toMatchObject({
    id: 'd',
    states: [{ step: '1-shell' }, { name: 'built' }, { name: 'failed' }, { name: 'cancelled' }],
  });
});
