import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Comparison, StateReference, Versions } from '../../supervisor/workbench.ts';
import { onTiny, onWritableTiny, openTestStore, project, publish, shell, whatHostLacks } from './test-store.ts';
import type { TestStore } from './test-store.ts';

const lacking = await whatHostLacks();
let store: TestStore;

beforeAll(async () => {
  if (lacking === '') store = await openTestStore();
});
afterAll(() => store?.close());

type Moment = 'before' | 'after';

const at = (run: string, step: string, moment: Moment, more: object = {}): StateReference => ({
  type: 'step',
  run,
  project: 'p',
  step,
  moment,
  ...more,
});

/** What a step changed, as `added path`, by the parts of which there is something to say. */
async function changesOf(run: string, step: string, more: { attempt?: number; path?: string } = {}) {
  const { path, ...which } = more;
  const found = await store.supervisor.workbench.compare(
    at(run, step, 'before', which),
    at(run, step, 'after', which),
    path === undefined ? {} : { path },
  );
  return told(found);
}

function told({ parts }: Comparison): Record<string, string[]> {
  return Object.fromEntries(
    parts.map(({ name, changes }) => [
      name,
      changes.map(({ type, path, differs }) => `${type} ${path}${differs === undefined ? '' : ` (${differs.join()})`}`),
    ]),
  );
}

async function versionsOf(run: string, step: string, path: string): Promise<Versions> {
  return await store.supervisor.workbench.versions(at(run, step, 'before'), at(run, step, 'after'), { path });
}

const text = (versions: Versions, side: 'before' | 'after'): string | undefined =>
  versions[side]?.contents && Buffer.from(versions[side].contents).toString();

const BEFORE = `
mkdir -p gone/deep remade/old kept touched
echo x > gone/deep/file; echo x > remade/old/file; echo x > kept/file; echo abc > touched/same-size
echo abc > touched/mode; ln -s one touched/link; echo x > touched/to-directory; mkdir touched/to-file
echo untouched > touched/untouched`;

const CHANGES = `
rm -r gone; rm -r remade; mkdir remade; echo y > remade/new
echo abd > touched/same-size; chmod 600 touched/mode; rm touched/link; ln -s two touched/link
rm touched/to-directory; mkdir touched/to-directory; echo x > touched/to-directory/in
rm -r touched/to-file; echo file > touched/to-file; ln -s /etc hostile`;

describe.skipIf(lacking !== '')('the workbench', () => {
  test('[A-120] tells what a step added, changed and removed, also where it removed a directory and made it anew', async () => {
    const { id, result } = await store.build([project('p', [onTiny, shell(BEFORE), shell(CHANGES)])]);
    expect(result).toBe('built');
    expect(await changesOf(id, '3')).toEqual({
      workspace: [
        'removed gone',
        'removed gone/deep',
        'removed gone/deep/file',
        'added hostile',
        'added remade/new',
        'removed remade/old',
        'removed remade/old/file',
        'changed touched/link (target)',
        'changed touched/mode (mode)',
        'changed touched/same-size (contents)',
        'changed touched/to-directory (type)',
        'added touched/to-directory/in',
        'changed touched/to-file (type)',
      ],
    });
    expect(await changesOf(id, '3', { path: 'remade/' })).toEqual({
      workspace: ['added remade/new', 'removed remade/old', 'removed remade/old/file'],
    });
    expect(await changesOf(id, '1')).toEqual({ workspace: [] });
  });

  test('[A-121] tells what a step that failed had done by then, in the workspace and in its system tree', async () => {
    const steps = [
      onWritableTiny,
      shell('echo 1 > a'),
      shell('echo 2 > a; echo u:x:7:7::/: >> /etc/passwd; rm /bin/ls; exit 4'),
    ];
    const { id, result } = await store.build([project('p', steps)]);
    expect(result).toBe('failed');
    expect(await changesOf(id, '3')).toEqual({
      workspace: ['changed a (contents)'],
      c: ['removed bin/ls', 'changed etc/passwd (contents)'],
    });
    const workspace = await versionsOf(id, '3', 'a');
    expect([text(workspace, 'before'), text(workspace, 'after')]).toEqual(['1\n', '2\n']);
    expect(text(await versionsOf(id, '3', '/workspace/a'), 'after')).toBe('2\n');
    expect(text(await versionsOf(id, '3', '/etc/passwd'), 'after')).toContain('u:x:7:7');
    const removed = await versionsOf(id, '3', '/bin/ls');
    expect([removed.before?.look.type, removed.after]).toEqual(['file', undefined]);
  });

  test('tells how two attempts of a step differ, and two runs', async () => {
    const steps = [onTiny, shell('cat /proc/sys/kernel/random/uuid > id; exit 1', { retries: 1 })];
    const [one, other] = [await store.build([project('p', steps)]), await store.build([project('p', steps)])];
    const { workbench } = store.supervisor;
    const attempts = await workbench.compare(
      at(one.id, '2', 'after', { attempt: 1 }),
      at(one.id, '2', 'after', { attempt: 2 }),
    );
    expect(told(attempts)).toEqual({ workspace: ['changed id (contents)'] });
    const same = await workbench.compare(at(one.id, '2', 'before'), at(other.id, '2', 'before'));
    expect(told(same)).toEqual({ workspace: [] });
    expect(told(await workbench.compare(at(one.id, '2', 'after'), at(other.id, '2', 'after')))).toEqual({
      workspace: ['changed id (contents)'],
    });
  });

  test('tells how two versions of an artifact differ', async () => {
    const made = (script: string) => store.build([project('p', [onTiny, shell(script), publish('compared')])]);
    await made('echo 1 > a; echo 1 > b; mkdir d');
    await made('echo 1 > a; echo 2 > b; echo 3 > c');
    const { workbench } = store.supervisor;
    const versions = [
      { type: 'artifact', artifact: 'compared@1' },
      { type: 'artifact', artifact: 'compared' },
    ] as const;
    expect(told(await workbench.compare(...versions))).toEqual({
      artifact: ['changed b (contents)', 'added c', 'removed d'],
    });
    expect(text(await workbench.versions(...versions, { path: 'b' }), 'before')).toBe('1\n');
  });

  test('reads nothing that a link of the step leads to', async () => {
    const { id } = await store.build([project('p', [onTiny, shell('ln -s /etc hostile; ln -s /etc/passwd file')])]);
    const behind = await versionsOf(id, '2', 'hostile/passwd');
    expect([behind.before, behind.after]).toEqual([undefined, undefined]);
    const link = await versionsOf(id, '2', 'file');
    expect([link.after?.look.type, link.after?.contents]).toEqual(['symlink', undefined]);
  });

  test('names what is not UTF-8 by its bytes too', async () => {
    const { id } = await store.build([project('p', [onTiny, shell("touch $(printf 'x\\377')")])]);
    const { parts } = await store.supervisor.workbench.compare(at(id, '2', 'before'), at(id, '2', 'after'));
    expect(parts[0]?.changes.map(({ path, pathBytes }) => [path, pathBytes])).toEqual([['x\uFFFD', 'eP8=']]);
  });

  test('[A-136] tells what a step that runs has done so far, and disturbs nothing of it', async () => {
    const churn =
      'echo 2 > a; rm old; echo x > /etc/new; touch ready; while ! test -e stop; do mkdir -p d/e; echo 1 > d/e/f; mv d g; rm -r g; done; ls';
    const steps = [onWritableTiny, shell('echo 1 > a; touch old'), shell(`(${churn}) & sleep 15; touch stop; wait`)];
    const { supervisor, work } = store;
    const { id, result } = await supervisor.build({ value: { projects: [project('p', steps)] }, directory: work });
    const isReady = (): boolean => supervisor.run(id).projects[0]?.steps[2]?.attempts[0] !== undefined;
    while (!isReady()) await new Promise((resolve) => setTimeout(resolve, 20));
    const look = () => supervisor.workbench.compare(at(id, '3', 'before'), at(id, '3', 'after'));
    let seen: Comparison | undefined;
    while (seen === undefined || !JSON.stringify(told(seen)).includes('added ready')) {
      seen = await look().catch((error: unknown) => {
        // The very first moment: it has not begun to write.
        if ((error as { code?: string }).code === 'STEP_UNKNOWN') return undefined;
        throw error;
      });
    }
    expect(seen.moves).toBe(true);
    const { workspace = [], c } = told(seen);
    const lasting = workspace.filter((line) => !/ (d|g)\b/.test(line));
    expect(lasting).toEqual(['changed a (contents)', 'removed old', 'added ready']);
    expect(c).toEqual(['added etc/new']);
    expect(text(await versionsOf(id, '3', 'a'), 'after')).toBe('2\n');
    // To the end, and over it.
    for (let looks = 0; looks < 9 && (await look()).moves === true; looks++);
    expect(await result).toBe('built');
    const log = readFileSync(supervisor.logFile({ run: id, project: 'p', step: '3' }), 'utf8');
    expect(log).toBe('a\nready\nstop\n');
    expect((await look()).moves).toBeUndefined();
  });

  test('refuses what is not kept: a step that was never begun, or that there is not', async () => {
    const failed = await store.build([project('p', [onTiny, shell('exit 1'), shell('true')])]);
    await expect(changesOf(failed.id, '3')).rejects.toMatchObject({ code: 'STEP_UNKNOWN' });
    await expect(changesOf(failed.id, '9')).rejects.toMatchObject({ code: 'STEP_UNKNOWN' });
  });
});
