import type { BuildSpec } from '../../index.ts';

/**
 * The projects of a specification as one XState machine, a module that runs: a
 * region for each, which waits for those that the project needs. It is a picture of the order, not what
 * contractor runs: that has no limit on jobs, no resume and no cancel.
 */
export function projectsSource({ projects }: BuildSpec): string {
  const regions = projects.map(({ name, dependsOn }) => `    ${key(name)}: ${region(name, dependsOn)},\n`);
  return `import { assign, fromPromise, setup } from 'xstate';

export const machine = setup({
  actors: {
    // contractor runs the machine of the project \`input.project\` here; in this machine each is built at once.
    buildProject: fromPromise(async ({ input }) => ({ project: input.project, end: 'built' })),
  },
  actions: {
    takeEnd: assign(({ context }, { project, end }) => ({ ends: { ...context.ends, [project]: end } })),
  },
  guards: {
    allBuilt: ({ context }, { projects }) => projects.every((project) => context.ends[project] === 'built'),
    someNotBuilt: ({ context }, { projects }) =>
      projects.some((project) => context.ends[project] !== undefined && context.ends[project] !== 'built'),
    isBuilt: (_, { end }) => end === 'built',
  },
}).createMachine({
  id: 'projects',
  type: 'parallel',
  context: { ends: {} },
  states: {
${regions.join('')}  },
});
`;
}

function region(name: string, dependsOn: readonly string[]): string {
  const project = JSON.stringify(name);
  const params = `params: { projects: ${JSON.stringify(dependsOn)} }`;
  return `{
      initial: 'waiting',
      states: {
        waiting: {
          always: [
            { guard: { type: 'someNotBuilt', ${params} }, target: 'skipped' },
            { guard: { type: 'allBuilt', ${params} }, target: 'building' },
          ],
        },
        building: {
          invoke: {
            id: ${project},
            src: 'buildProject',
            input: { project: ${project} },
            onDone: [
              {
                guard: { type: 'isBuilt', params: ({ event }) => event.output },
                target: 'built',
                actions: { type: 'takeEnd', params: ({ event }) => event.output },
              },
              { target: 'failed', actions: { type: 'takeEnd', params: ({ event }) => event.output } },
            ],
          },
        },
        built: { type: 'final' },
        failed: { type: 'final' },
        skipped: { type: 'final', entry: { type: 'takeEnd', params: { project: ${project}, end: 'skipped' } } },
      },
    }`;
}

/** XState keeps `.` for itself; the dot that stands for it is in no name. */
function key(name: string): string {
  return JSON.stringify(name.replaceAll('.', '·'));
}
