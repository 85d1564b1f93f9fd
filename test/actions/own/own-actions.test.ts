import { afterEach, describe, expect, test } from 'vitest';
import type { OwnAction } from '../../../actions/own/own-action.ts';
import { buildSpecSchema } from '../../../spec-schema/build-spec-schema.ts';
import { createSupervisor } from '../../../supervisor/create-supervisor.ts';
import type { Supervisor } from '../../../supervisor/supervisor.ts';
import { temporaryDirectory } from '../../store/temporary-directory.ts';
import { actions, look, script, speak } from './sample-actions.ts';

const opened: Supervisor[] = [];
afterEach(async () => {
  for (const supervisor of opened.splice(0)) await supervisor.close();
});

function withActions(given: readonly OwnAction[]): Supervisor {
  const supervisor = createSupervisor({ store: temporaryDirectory(), actions: given });
  opened.push(supervisor);
  return supervisor;
}

const text = (step: string): string => `projects:
- project: p
  actions:
  - action: create-systree
    artifact-name: tiny
    container-name: c
${step}
- project: tiny
  actions:
  - action: create-artifact
    artifact-name: tiny
`;

describe('[A-200] a step of an own action', () => {
  const problemsOf = (step: string, given = actions) => {
    const result = withActions(given).validate({ text: text(step), fileName: 'build.yaml' });
    return result.type === 'parsed' ? [] : result.problems;
  };

  test('is checked as one of a built-in action, with line, column and what was meant', () => {
    const rest = '    container-name: c\n    lines: [a]\n';
    expect(problemsOf(`  - action: script\n${rest}`)).toEqual([]);
    expect(problemsOf(`  - action: scrpt\n${rest}`)).toMatchObject([
      { code: 'ACTION_UNKNOWN', line: 7, column: 13, suggestion: 'did you mean `script`?' },
    ]);
    expect(problemsOf(`  - action: script\n${rest}    greting: bye\n`)).toMatchObject([
      { code: 'KEY_UNKNOWN', line: 10, suggestion: 'did you mean `greeting`?' },
    ]);
    expect(problemsOf(`  - action: script\n${rest}    greeting: helo\n`)).toMatchObject([
      { code: 'WRONG_VALUE', line: 10, suggestion: 'did you mean `hello`?' },
    ]);
    expect(problemsOf('  - action: script\n    container-name: d\n    lines: [a]\n')).toMatchObject([
      { code: 'CONTAINER_UNKNOWN', line: 8 },
    ]);
    expect(problemsOf('  - action: speak\n')).toMatchObject([{ code: 'KEY_MISSING' }]);
  });

  test('is in the schema of its supervisor, and unknown to another in the same process', () => {
    const [one, other] = [withActions([speak]), withActions([look])];
    expect(one.actions.at(-1)?.name).toBe('speak');
    expect(JSON.stringify(buildSpecSchema(one.actions))).toContain('Does what a word says.');
    expect(JSON.stringify(buildSpecSchema(other.actions))).not.toContain('Does what a word says.');
    const source = { text: text('  - action: speak\n    word: w\n') };
    expect(one.validate(source).type).toBe('parsed');
    expect(other.validate(source).type).toBe('invalid');
  });
});

describe('[A-204] a definition is refused at `createSupervisor`', () => {
  const change = (words: object, of: OwnAction = speak): unknown => ({ ...of, ...words });
  const without = (key: string, of: OwnAction = speak): unknown =>
    Object.fromEntries(Object.entries(of).filter(([each]) => each !== key));
  const parameter = (schema: unknown): unknown => change({ parameters: { word: schema } });
  test.for<readonly [string, unknown, RegExp]>([
    ['with the name of a built-in one', change({ name: 'shell' }), /built-in/],
    ['with a name that is a path', change({ name: '../x' }), /usable `name`/],
    ['without a version', without('version'), /`version`/],
    ['with a description of two lines', change({ description: 'a\nb' }), /`description`/],
    ['without isolation', without('isolation'), /no `isolation`/],
    ['in what there is not', change({ isolation: { runsIn: 'host' } }), /runs in nothing/],
    ['in `constructor`', change({ isolation: { runsIn: 'constructor' } }), /runs in nothing/],
    [
      'with a network in a container',
      change({ isolation: { runsIn: 'container', network: true } }, script),
      /network in a container/,
    ],
    [
      'with a policy of its own',
      change({ isolation: { runsIn: 'container', identity: 'root' } }, script),
      /`identity`/,
    ],
    [
      'with a network and no ports',
      change({ isolation: { runsIn: 'vetted-tool', network: true } }, look),
      /without `ports`/,
    ],
    [
      'with a tool that does not say',
      change({ isolation: { runsIn: 'vetted-tool' } }, look),
      /whether it has a network/,
    ],
    [
      'of the program that claims no network',
      change({ isolation: { runsIn: 'contractor', network: false } }),
      /hold it to/,
    ],
    ['with a tool that is a path', change({ tools: ['/tmp/x'] }, look), /`tools`/],
    ['with another service', change({ command: () => ({ command: ['x'] }) }), /`command`, which one in `contractor`/],
    ['without a service', without('command', script), /no function `command`/],
    [
      'with a key of every step',
      change({ parameters: { timeout: { description: 'd' } }, required: [] }),
      /every step has/,
    ],
    [
      'with a key of the container',
      change({ parameters: { 'container-name': { description: 'd' } }, required: [] }),
      /has the parameter `container-name`/,
    ],
    ['with a schema without words', parameter({ type: 'string' }), /no `description`/],
    ['with a schema of a wrong type', parameter({ type: 'strng', description: 'd' }), /wrong schema .*`word`/],
    ['with a schema of an unknown keyword', parameter({ maxLenght: 3, description: 'd' }), /maxLenght/],
    ['with a schema that is a function', parameter({ description: 'd', default: () => 1 }), /not JSON/],
    ['with a default that it refuses', parameter({ type: 'string', default: 1, description: 'd' }), /`default`/],
    ['that requires what there is not', change({ required: ['wort'] }), /requires/],
    ['that is no object', 'speak', /no object/],
  ])('%s', ([, given, words]) => {
    expect(() => withActions([given as OwnAction])).toThrow(
      expect.objectContaining({ code: 'ACTION_INVALID', message: expect.stringMatching(words) as unknown }),
    );
  });

  test('when two have one name', () => {
    expect(() => withActions([speak, { ...look, name: 'speak' }])).toThrow(/`speak` is given twice/);
  });
});

describe('[A-204] a command that cannot be run refuses the build before any work', () => {
  const command = (given: unknown): OwnAction => ({ ...look, command: () => given }) as OwnAction;
  test.for<readonly [string, OwnAction, RegExp]>([
    ['it is none', command({ command: [] }), /no list of texts/],
    ['of a NUL', command({ command: ['a\0b'] }), /no list of texts/],
    ['of another policy', command({ command: ['x'], network: true }), /no `network`/],
    ['of a path that leads out', command({ command: ['x'], directory: '../..' }), /`directory`/],
    ['of a file over the host', command({ command: ['x'], files: { '../etc/passwd': '' } }), /`files`/],
    ['of a variable that is none', command({ command: ['x'], environment: { 'A=B': '' } }), /`environment`/],
    [
      'it throws',
      {
        ...look,
        command: () => {
          throw new Error('no way');
        },
      },
      /has thrown: no way/,
    ],
    [
      'it throws what has no text',
      {
        ...look,
        command: () => {
          throw Object.create(null);
        },
      },
      /has thrown what has no words/,
    ],
    ['its tool is not here', { ...look, tools: ['no-such-tool'] }, /no-such-tool/],
  ])('%s', async ([, given, words]) => {
    const supervisor = withActions([given]);
    const source = { value: { projects: [{ project: 'p', actions: [{ action: 'look' }] }] } };
    await expect(supervisor.build(source)).rejects.toThrow(words);
    expect(supervisor.runs()).toEqual([]);
  });
});
