import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ALL_PROBES } from '../sandbox/probes/all-probes.ts';
import { CONTROLS } from '../sandbox/probes/controls.ts';
import { EXHAUSTIONS } from '../sandbox/probes/exhaustion.ts';
import { TOOL_PROBES } from '../sandbox/probes/vetted-tool.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/security.md'), 'utf8');
const section = (title: string): string => page.split(/^## /m).find((part) => part.startsWith(`${title}\n`)) ?? '';
const rows = (text: string): string[][] =>
  [...text.matchAll(/^\| (.*) \|$/gm)].map(([, row = '']) => row.split(' | ').map((cell) => cell.trim()));
const namesIn = (text = ''): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);

const [controls = '', naive = ''] = section('Controls').split('"Naive" is');
const table = rows(controls).filter(([control]) => control !== 'control');

test('each probe has a name of its own', () => {
  const names = ALL_PROBES.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

test('the page has the right number of probes, of each group and in all', () => {
  const of = (group: string): number => ALL_PROBES.filter((probe) => probe.group === group).length;
  const groups = ['network', 'files', 'processes', 'privileges', 'surroundings'].map(of);
  const numbers = [...groups, EXHAUSTIONS.length, TOOL_PROBES.length];
  const [sentence = ''] = /There are \d+: [^.]*\./.exec(page) ?? [];
  expect(sentence.match(/\d+/g)?.map(Number)).toEqual([numbers.reduce((sum, each) => sum + each), ...numbers]);
});

test('each control that is said to be proved is taken away by a test, and the page names the probes that show it', () => {
  const proved = table.filter((cells) => cells[3]?.startsWith('✓'));
  expect(Object.fromEntries(proved.map(([control, , probes]) => [control, namesIn(probes)]))).toEqual(
    Object.fromEntries(CONTROLS.map(({ name, shownBy }) => [name, shownBy])),
  );
});

test('each probe that the page names is one that there is', () => {
  const known = new Set(ALL_PROBES.map(({ name }) => name));
  const named = table.flatMap(([, , probes]) => namesIn(probes)).filter((name) => !name.endsWith('.ts'));
  expect(named.filter((name) => !known.has(name))).toEqual([]);
});

test('the page says what the naive way lets through', () => {
  const said = Object.fromEntries(rows(naive).map(([group, probes]) => [group, namesIn(probes)]));
  const groups = [...new Set(ALL_PROBES.map(({ group }) => group))];
  for (const group of groups) {
    const through = ALL_PROBES.filter((probe) => probe.group === group && probe.openInNaive).map(({ name }) => name);
    expect(said[group]).toEqual(through);
  }
});
