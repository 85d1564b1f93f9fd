import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openStore } from '../../../store/open-store.ts';
import { sampleArtifact, sampleRun } from '../sample-records.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

const runs = ['r1', 'r2'];
const names = ['tree', 'bush'];

/** What two connections do to one store, in turn. A number that is odd: the second one. */
const verb = fc.oneof(
  fc.record({ verb: fc.constant('append' as const), by: fc.nat(1), run: fc.constantFrom(...runs), undo: fc.boolean() }),
  fc.record({
    verb: fc.constant('publish' as const),
    by: fc.nat(1),
    name: fc.constantFrom(...names),
    digest: fc.constantFrom('aa', 'bb', 'cc'),
    undo: fc.boolean(),
  }),
  fc.record({ verb: fc.constant('remove' as const), by: fc.nat(1), name: fc.constantFrom(...names) }),
);

test('any interleaving of verbs leaves events without gaps and versions that follow the digests', () => {
  fc.assert(
    fc.property(fc.array(verb, { maxLength: 40 }), (verbs) => {
      const directory = join(temporaryDirectory(), 's');
      const stores = [openStore(directory), openStore(directory)] as const;
      for (const run of runs) stores[0].createRun(sampleRun(run));
      // The model: what the store must say, in a few lines.
      const events: Record<string, number> = { r1: 0, r2: 0 };
      const versions: Record<string, { digest: string; removed: boolean }[]> = { tree: [], bush: [] };

      const told: [unknown, unknown][] = [];
      for (const step of verbs) {
        const store = stores[step.by] ?? stores[0];
        const undo = new Error('undo');
        try {
          store.transaction(() => {
            if (step.verb === 'append') {
              told.push([store.appendEvent(step.run, { at: 1, event: step }), events[step.run]! + 1]);
              if (!step.undo) events[step.run]! += 1;
            } else if (step.verb === 'publish') {
              const known = versions[step.name]!;
              const newest = known.findLastIndex((version) => !version.removed);
              const same = known[newest]?.digest === step.digest;
              const version = same ? newest + 1 : known.length + 1;
              const recorded = store.recordArtifactVersion(sampleArtifact(step.name, step.digest, { madeBy: null }));
              told.push([recorded, { version, isNew: !same }]);
              if (!same && !step.undo) known.push({ digest: step.digest, removed: false });
            } else {
              const found = store.findArtifact(step.name);
              if (!found) return;
              store.removeArtifactVersion(found, { removedAt: 1 });
              versions[step.name]![found.version - 1]!.removed = true;
            }
            if (step.verb !== 'remove' && step.undo) throw undo;
          });
        } catch (error) {
          if (error !== undo) throw error;
        }
      }

      expect(told.map(([answer]) => answer)).toEqual(told.map(([, modelled]) => modelled));
      const [, store] = stores;
      for (const run of runs) {
        expect(store.eventsSince(run, 0).map((event) => event.seq)).toEqual(
          Array.from({ length: events[run]! }, (_, index) => index + 1),
        );
      }
      const expected = names
        .flatMap((name) => versions[name]!.map((version, index) => ({ name, version: index + 1, ...version })))
        .filter((version) => !version.removed);
      expect(store.listArtifacts()).toHaveLength(expected.length);
      for (const { name, version, digest } of expected) expect(store.findArtifact(name, version)?.digest).toBe(digest);
      for (const each of stores) each.close();
    }),
  );
});

test('eventsSince gives what follows, in pieces or at once', () => {
  const store = openStore(join(temporaryDirectory(), 's'));
  store.createRun(sampleRun('r1'));
  for (let i = 1; i <= 20; i++) store.appendEvent('r1', { at: i, event: { i } });
  fc.assert(
    fc.property(fc.nat(25), fc.integer({ min: 1, max: 25 }), (after, limit) => {
      const all = Array.from({ length: 20 }, (_, index) => ({
        seq: index + 1,
        at: index + 1,
        event: { i: index + 1 },
      }));
      expect(store.eventsSince('r1', after)).toEqual(all.slice(after));
      expect(store.eventsSince('r1', after, limit)).toEqual(all.slice(after, after + limit));
    }),
  );
  store.close();
});
