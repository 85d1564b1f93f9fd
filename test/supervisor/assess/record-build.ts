import { actionSet } from '../../../actions/action-set.ts';
import { text } from '../../../actions/parameters.ts';
import { EMPTY_TREE } from '../../../machines/project-tree.ts';
import type { ProjectTree } from '../../../machines/project-tree.ts';
import type { Project } from '../../../spec-schema/build-spec.ts';
import type { Store } from '../../../store/open-store.ts';
import type { NewArtifactVersion } from '../../../store/records/artifacts.ts';
import { stepKey, stepKeyInputs } from '../../../supervisor/step-key.ts';
import { usedArtifacts } from '../../../supervisor/used-artifacts.ts';
import { sampleRun } from '../../store/sample-records.ts';

const actions = actionSet();

/** Records all steps as a build of them would that makes artifacts with this digest, and those packages. No tree is made. */
export function recordBuild(
  store: Store,
  {
    run,
    projects,
    made,
    outside = new Map(),
  }: {
    readonly run: string;
    readonly projects: readonly Project[];
    readonly made: Pick<NewArtifactVersion, 'digest' | 'packages'>;
    /** What the outside world says to an action. */
    readonly outside?: ReadonlyMap<string, string>;
  },
): void {
  store.createRun({ ...sampleRun(run), projects: projects.map(({ name }) => name) });
  for (const { name: project, steps } of projects) {
    let tree: ProjectTree = EMPTY_TREE;
    for (const step of steps) {
      const { declaration } = actions.named(step.action);
      const { makesArtifact } = declaration;
      const artifacts = usedArtifacts(step, declaration).flatMap((name) => store.findArtifact(name) ?? []);
      const keyInputs = stepKeyInputs(step, {
        action: {},
        tree,
        artifacts,
        outside: outside.get(step.action),
      });
      const id = `${run}-${project}-${step.id}`;
      const common = {
        run,
        project,
        step: step.id,
        number: 1,
        machineAttempt: 1,
        keeper: '',
        bootId: 'boot',
        startedAt: 1,
      };
      store.beginAttempt({ id, ...common, key: stepKey(keyInputs), keyInputs });
      if (step.action === 'shell' || step.action === 'debootstrap') {
        tree = { containers: tree.containers, workspace: tree.workspace.concat({ type: 'layer', id }) };
        store.recordLayer({ id, attempt: id, sealedAt: 1, kind: 'workspace' });
      }
      const version =
        makesArtifact === undefined
          ? undefined
          : store.recordArtifactVersion({
              name: text(step, makesArtifact),
              ...{
                entries: 1,
                files: 1,
                sizeBytes: 1,
                createdAt: 1,
                madeBy: { run, project, step: step.id },
                bootId: 'boot',
              },
              ...made,
            });
      const published = version && { name: text(step, makesArtifact ?? ''), version: version.version };
      store.endAttempt(id, {
        endedAt: 2,
        outcome: { type: 'succeeded' },
        result: { tree, ...(published && { published }) },
      });
    }
  }
  store.endRun(run, { endedAt: 3, result: 'built' });
}
