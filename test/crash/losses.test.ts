import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { Losses } from './losses.ts';

/** A store in which the newest run has these projects, and these attempts: `[project, keeper, began, ended, how]`. */
function storeWith(
  projects: Readonly<Record<string, string>>,
  attempts: readonly (readonly [string, string, number, number | null, string | null])[],
): string {
  const store = mkdtempSync(join(tmpdir(), 'contractor-losses-'));
  onTestFinished(() => rmSync(store, { recursive: true, force: true }));
  using database = new DatabaseSync(join(store, 'contractor.db'));
  database.exec(`create table runs (id, created_at); insert into runs values ('old', 1), ('r', 2);
    create table projects (run, name, state); insert into projects values ('old', 'p', 'running');
    create table attempts (run, project, number, keeper, started_at, ended_at, outcome_type);
    insert into attempts values ('old', 'p', 1, 'k', 1, 2, 'interrupted')`);
  for (const [name, state] of Object.entries(projects)) {
    database.prepare(`insert into projects values ('r', ?, ?)`).run(name, state);
  }
  for (const [index, values] of attempts.entries()) {
    const [project, ...rest] = values;
    database.prepare(`insert into attempts values ('r', ?, ?, ?, ?, ?, ?)`).run(project, index + 1, ...rest);
  }
  return store;
}

const CUT_OFF = ['p', 'k', 100, 200, 'interrupted'] as const;

test('a step that was cut off in this life is a loss until an attempt of its project has ended well', () => {
  const isOpen = (...attempts: Parameters<typeof storeWith>[1]) =>
    new Losses(storeWith({ p: 'running', q: 'running' }, attempts), 150).isOpen;
  expect(isOpen()).toBe(false);
  expect(isOpen(CUT_OFF)).toBe(true);
  expect(isOpen(CUT_OFF, ['p', 'k', 210, null, null])).toBe(true);
  expect(isOpen(CUT_OFF, ['q', 'l', 210, 220, 'succeeded'])).toBe(true);
  expect(isOpen(CUT_OFF, ['p', 'k', 210, 220, 'succeeded'])).toBe(false);
  expect(isOpen(['p', 'k', 100, 120, 'interrupted'])).toBe(false);
});

test('a keeper that was struck is a loss until a step of its project that began later has ended well, or the project', () => {
  const isOpen = (state: string, ...attempts: Parameters<typeof storeWith>[1]) => {
    const losses = new Losses(storeWith({ p: state, q: 'running' }, attempts), 0);
    losses.struck({ at: 150, keeper: 'k' });
    return losses.isOpen;
  };
  expect(isOpen('running', ['q', 'l', 160, 170, 'succeeded'])).toBe(true); // Its project has not begun.
  expect(isOpen('running', ['p', 'k', 100, 160, 'succeeded'])).toBe(true); // That was over when it was struck.
  expect(isOpen('running', ['p', 'k', 100, 160, 'succeeded'], ['p', 'k', 161, 170, 'succeeded'])).toBe(false);
  expect(isOpen('built', ['p', 'k', 100, 160, 'succeeded'])).toBe(false);
});

test('what is no keeper may have been of any project that had begun', () => {
  const isOpen = (...attempts: Parameters<typeof storeWith>[1]) => {
    const losses = new Losses(storeWith({ p: 'running', q: 'running' }, attempts), 0);
    losses.struck({ at: 150, keeper: undefined });
    return losses.isOpen;
  };
  expect(isOpen(['q', 'l', 160, null, null])).toBe(false);
  expect(isOpen(['p', 'k', 100, null, null], ['q', 'l', 120, null, null], ['q', 'l', 160, 170, 'succeeded'])).toBe(
    true,
  );
  expect(isOpen(['p', 'k', 100, 155, 'succeeded'], ['p', 'k', 160, 170, 'succeeded'])).toBe(false);
});

test('of a store that is not made yet there are none', () => {
  expect(new Losses('/nonexistent', 0).isOpen).toBe(false);
});
