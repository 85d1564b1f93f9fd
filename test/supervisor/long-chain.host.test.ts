import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { onTiny, openTestStore, project, publish, shell, whatHostLacks } from './test-store.ts';
import type { TestStore } from './test-store.ts';

const lacking = await whatHostLacks();
let store: TestStore;

beforeAll(async () => {
  if (lacking === '') store = await openTestStore();
});
afterAll(() => store?.close());

/** More than one overlay mount can take, and enough to be flattened twice. */
const COUNT = 270;

describe.skipIf(lacking !== '')('a project of very many steps', () => {
  test('keeps the whole of its workspace: what was added, changed, removed and replaced', async () => {
    const steps = Array.from({ length: COUNT }, (_, index) =>
      shell(
        [
          `echo ${index} >> log`,
          `echo ${index} > file-${index}`,
          `rm -f file-${index - 10}`,
          // A directory that replaces one of the same name hides all that was in it.
          `rm -rf replaced; mkdir -m 750 replaced; echo ${index} > replaced/${index}`,
          `ln file-${index} other-${index}; rm -f other-${index - 3}`,
          `rm -f link; ln -s file-${index} link`,
        ].join('\n'),
      ),
    );
    const look = shell(
      'cat log link; ls; ls replaced; [ file-269 -ef other-269 ] && echo linked; stat=$(ls -ld replaced); echo "${stat%% *}"',
    );
    const built = await store.build([project('p', [onTiny, ...steps, look, publish('long')])]);
    expect(built.result).toBe('built');
    const numbers = Array.from({ length: COUNT }, (_, index) => String(index));
    const files = [
      ...numbers.slice(-10).map((number) => `file-${number}`),
      'link',
      'log',
      ...numbers.slice(-3).map((number) => `other-${number}`),
      'replaced',
    ];
    expect(
      built
        .log('p', String(COUNT + 2))
        .trim()
        .split('\n'),
    ).toEqual([...numbers, '269', ...files, '269', 'linked', 'drwxr-x---']);
    expect(readdirSync(join(store.store, 'trees/layers')).filter((name) => /^\w{10}f$/.test(name))).toHaveLength(2);
    expect(await store.supervisor.artifacts.verify('long')).toMatchObject({ ok: true });
  }, 400_000);
});
