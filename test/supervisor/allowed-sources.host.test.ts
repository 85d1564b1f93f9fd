import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { BuildEvent } from '../../supervisor/build-event.ts';
import { openTestStore, project, whatHostLacks } from './test-store.ts';
import type { TestStore } from './test-store.ts';

describe.skipIf((await whatHostLacks()) !== '')('[A-86] a build that may copy from elsewhere', () => {
  let store: TestStore;
  let allowed: string;
  let other: string;
  let run: string;

  beforeEach(async () => {
    store = await openTestStore();
    [allowed = '', other = ''] = ['allowed', 'other'].map((name) => join(dirname(store.work), name));
    for (const path of [allowed, other]) {
      mkdirSync(path);
      writeFileSync(join(path, 'file'), 'text');
    }
    symlinkSync(allowed, join(store.work, 'link'));
    const steps = [{ action: 'empty-workspace' }, { action: 'copy-source', path: 'link' }];
    const paused = await store.build([project('p', steps)], {
      allowSources: [allowed],
      breakBefore: [{ project: 'p', step: '2' }],
    });
    run = paused.id;
  });
  afterEach(() => store.close());

  const said = (): (readonly string[] | undefined)[] =>
    store.supervisor
      .events(run)
      .filter((event): event is Extract<BuildEvent, { type: 'run-started' }> => event.type === 'run-started')
      .map(({ allowedSources }) => allowedSources);

  test('says so as it begins, when it is resumed, and in the receipts of the steps that could', async () => {
    const resumed = await store.supervisor.resume(run, { decide: 'go-on' });
    expect(await resumed.result).toBe('built');
    expect(said()).toEqual([[allowed], [allowed]]);
    const receipts = await Promise.all(['1', '2'].map((step) => store.supervisor.receipt({ run, project: 'p', step })));
    expect(receipts.map(({ allowedSources }) => allowedSources)).toEqual([undefined, [allowed]]);
  });

  test('is not resumed where its links lead elsewhere by then, unless the user allows that too', async () => {
    rmSync(join(store.work, 'link'));
    symlinkSync(other, join(store.work, 'link'));
    await expect(store.supervisor.resume(run, { decide: 'go-on' })).rejects.toMatchObject({
      code: 'SOURCE_OUTSIDE',
      mend: expect.stringContaining(`--allow-source ${other}`) as string,
    });
    const resumed = await store.supervisor.resume(run, { decide: 'go-on', allowSources: [other] });
    expect(await resumed.result).toBe('built');
    expect(said()).toEqual([[allowed], [allowed, other]]);
  });
});
