import { expect, test } from 'vitest';
import { createArtifact } from '../../actions/create-artifact.ts';
import { parseBuildSpec } from '../../spec-schema/parse-build-spec.ts';
import { parse, shown, specOf } from './parsing.ts';

const withCheckpoint = (checkpoint: string) =>
  parse(`projects:\n- project: p\n  checkpoint: ${checkpoint}\n  build-steps:\n  - action: empty-workspace\n`);

test('[A-279] `checkpoint` is `step`, or `project` as without it', () => {
  expect(specOf(withCheckpoint('step')).projects[0]).toMatchObject({ checkpoint: 'step' });
  expect(specOf(withCheckpoint('project')).projects[0]).not.toHaveProperty('checkpoint');
  expect(shown(withCheckpoint('steps'))).toMatchInlineSnapshot(`
    "
    build.yaml:3:15: error: \`checkpoint\` must be \`project\` or \`step\`
      3 |   checkpoint: steps
        |               ^^^^^ did you mean \`step\`?
    "
  `);
});

test('[A-283] no artifact has a name that contractor keeps for checkpoints', () => {
  const making = (name: string) =>
    parseBuildSpec(
      `projects:\n- project: p\n  build-steps:\n  - action: create-artifact\n    artifact-name: ${name}\n`,
      { fileName: 'build.yaml', actions: [createArtifact.declaration] },
    );
  expect(shown(making('checkpoint+x'))).toContain('names that begin with `checkpoint+` are those of contractor itself');
  expect(making('checkpoint-x').type).toBe('parsed');
});
