import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Provenance } from '../../supervisor/provenance.ts';
import { onTiny, openTestStore, project, publish, shell, unpack, whatHostLacks } from './test-store.ts';
import type { TestStore } from './test-store.ts';

describe.skipIf((await whatHostLacks()) !== '')('the provenance of an artifact', () => {
  let store: TestStore;
  let run: string;

  beforeEach(async () => {
    store = await openTestStore();
    mkdirSync(join(store.work, 'src'));
    writeFileSync(join(store.work, 'src/file'), 'text');
    const built = await store.build([
      project('lib', [{ action: 'copy-source', path: 'src' }, publish('lib')]),
      project('app', [unpack('lib'), onTiny, shell('cat file > copy'), publish('app')]),
    ]);
    run = built.id;
  });
  afterEach(() => store.close());

  const artifacts = (): TestStore['supervisor']['artifacts'] => store.supervisor.artifacts;
  const statementOf = (name: string): Provenance => JSON.parse(artifacts().provenance(name).statement) as Provenance;

  /** Does to the database what somebody could who may write to the store. */
  function tamper(sql: string): void {
    const database = new DatabaseSync(join(store.store, 'contractor.db'));
    database.exec(sql);
    database.close();
  }

  test('[A-83] leads from its tree over its steps to what they were made of', async () => {
    const { digest } = artifacts().show('app');
    const { subject, predicate } = statementOf('app');
    expect(subject).toEqual([{ name: 'app', digest: { contractorTree1: digest } }]);
    const taken = predicate.buildDefinition.resolvedDependencies;
    expect(taken.map(({ name, annotations }) => name ?? annotations?.['step'])).toEqual([
      'specification object',
      'lib@1',
      'tiny@1',
    ]);
    expect(taken[1]?.annotations?.['provenanceSha256']).toBe(artifacts().provenance('lib').digest);
    expect(statementOf('lib').predicate.buildDefinition.resolvedDependencies.at(-1)?.digest?.['sha256']).toMatch(
      /^\w{64}$/,
    );
    expect(predicate.runDetails.metadata.invocationId).toBe(`${run}:app:4-create-artifact`);
    const receipts = await Promise.all(
      ['1', '2', '3', '4'].map((step) => store.supervisor.receipt({ run, project: 'app', step })),
    );
    expect(predicate.runDetails.byproducts.map((each) => each.digest?.['sha256'])).toEqual(
      receipts.map((receipt) => createHash('sha256').update(JSON.stringify(receipt)).digest('hex')),
    );
  });

  test('[A-84] is verified with the artifact, and a change of it or of a receipt is told', async () => {
    expect(await artifacts().verify('app')).toMatchObject({ ok: true, provenance: { state: 'intact', problems: [] } });
    tamper(
      `UPDATE receipts SET receipt = replace(receipt, '"nosuid', '"suid') WHERE receipt LIKE '%"runsIn":"container"%'`,
    );
    tamper(
      `UPDATE receipts SET receipt = replace(receipt, '"network":false', '"network":true') WHERE receipt LIKE '%"runsIn":"container"%'`,
    );
    expect(await artifacts().verify('app')).toMatchObject({
      ok: false,
      problems: [],
      provenance: { state: 'damaged', problems: ['the receipt of 3-shell is not as it was recorded'] },
    });
    tamper(`UPDATE provenance SET statement = replace(statement, 'cat file', 'curl') WHERE name = 'app'`);
    expect((await artifacts().verify('app')).provenance.problems).toEqual(['the statement is not as it was recorded']);
    expect(await artifacts().verify('lib')).toMatchObject({ ok: true, provenance: { state: 'intact' } });
  });

  test('[A-87] is verified with the whole store, and what was changed is forgotten, to be recorded anew', async () => {
    const checked = async (options = {}): Promise<readonly object[]> =>
      (await store.supervisor.checkStore(options)).filter(({ name }) => name.startsWith('provenance'));
    expect(await checked()).toMatchObject([{ state: 'ok', found: expect.stringMatching(/^2 of 2 /) as string }]);
    tamper(`UPDATE provenance SET statement = replace(statement, 'cat file', 'curl') WHERE name = 'app'`);
    const finding = { name: 'provenance of app@1', found: 'the statement is not as it was recorded' };
    expect(await checked()).toMatchObject([{ ...finding, state: 'damaged' }]);
    expect(await checked({ mend: true })).toMatchObject([{ ...finding, state: 'mended' }]);
    expect(await checked()).toMatchObject([{ state: 'ok', found: expect.stringMatching(/^1 of 1 /) as string }]);
    await store.build([project('app', [unpack('lib'), onTiny, shell('cat file > copy'), publish('app')])]);
    expect(await artifacts().verify('app')).toMatchObject({ ok: true, provenance: { state: 'intact' } });
  });

  test('of one that was put in the place of another is told', async () => {
    tamper(`INSERT OR REPLACE INTO provenance SELECT 'app', 1, statement, digest FROM provenance WHERE name = 'lib'`);
    expect((await artifacts().verify('app')).provenance).toEqual({
      state: 'damaged',
      problems: ['the statement is about another tree'],
    });
  });

  test('of an imported one is said not to be known, until a build makes the same tree', async () => {
    expect((await artifacts().verify('tiny')).provenance.state).toBe('none');
    expect(() => artifacts().provenance('tiny')).toThrow(expect.objectContaining({ code: 'RECEIPT_UNKNOWN' }));
    await artifacts().exportTo('app', join(store.work, 'app.tar'));
    await artifacts().importFrom('again', join(store.work, 'app.tar'));
    expect((await artifacts().verify('again')).provenance.state).toBe('none');
    await store.build([project('again', [unpack('app'), publish('again')])]);
    expect(artifacts().show('again').versions).toEqual([1]);
    expect((await artifacts().verify('again')).provenance.state).toBe('intact');
  });

  test('stays as it was when the same tree is made again', async () => {
    const { digest } = artifacts().provenance('lib');
    await store.build([project('lib', [{ action: 'copy-source', path: 'src' }, publish('lib')])], { fresh: true });
    expect(artifacts().provenance('lib').digest).toBe(digest);
  });
});
