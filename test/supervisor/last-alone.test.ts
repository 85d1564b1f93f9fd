import { expect, test } from 'vitest';
import type { BuildSpec } from '../../spec-schema/build-spec.ts';
import { LastAlone } from '../../supervisor/spec-to-build.ts';

const spec = { projects: [] } as unknown as BuildSpec;

test('a specification is read once for all its projects that are built alone, and anew when its text is another', async () => {
  const alone = new LastAlone();
  const read: string[] = [];
  const of = async (text: string, fileName = 'build.yaml'): Promise<BuildSpec> =>
    await alone.read({ text, fileName }, async () => {
      read.push(text);
      return await Promise.resolve(spec);
    });
  expect(await Promise.all([of('a'), of('a', 'elsewhere.yaml'), of('a')])).toEqual([spec, spec, spec]);
  await of('b');
  await of('a');
  expect(read).toEqual(['a', 'b', 'a']);
});

test('a specification that is refused is read again, as its problems name its file', async () => {
  const alone = new LastAlone();
  const of = async (fileName: string): Promise<BuildSpec> =>
    await alone.read({ text: 'wrong', fileName }, async () => await Promise.reject(new Error(fileName)));
  await expect(of('one.yaml')).rejects.toThrow('one.yaml');
  await expect(of('other.yaml')).rejects.toThrow('other.yaml');
});
