import fc from 'fast-check';
import type { BuildSpec, Json, Project, Step } from '../../spec-schema/build-spec.ts';

/** A document as a user may write it, and what it must be read as. */
interface Written {
  readonly document: { readonly projects: readonly Json[] };
  readonly spec: BuildSpec;
}

const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._+-]{0,8}$/);
const line = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .filter((text) => !/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(text) && text.trim() === text && text !== '');
const script = fc.array(line, { minLength: 1, maxLength: 4 }).map((lines) => `${lines.join('\n')}\n`);

const common = fc.record(
  {
    name: line,
    retries: fc.nat({ max: 100 }),
    timeout: fc.integer({ min: 1, max: 9999 }),
    'continue-on-failure': fc.boolean(),
  },
  { requiredKeys: [] },
);

/** The parameters of a step as written, and as they must be read. */
const action = fc.oneof(
  fc.constant({ action: 'empty-workspace', given: {}, read: {}, told: '' }),
  fc
    .record({
      suite: line,
      packages: fc.uniqueArray(fc.stringMatching(/^[a-z0-9][a-z0-9.+-]{0,5}$/), { maxLength: 3 }),
    })
    .map((given) => ({
      action: 'debootstrap',
      given,
      read: { ...given, variant: 'minbase' },
      told: ` ${given.suite}`,
    })),
  fc
    .record({ url: line, ref: line, depth: fc.integer({ min: 1, max: 1000 }) })
    .map((given) => ({ action: 'git', given, read: { ...given, submodules: false }, told: ` ${given.url}` })),
);

const step = fc.record({ action, common });

function readStep({ action, common }: typeof step extends fc.Arbitrary<infer T> ? T : never, index: number): Step {
  return {
    id: `${index + 1}-${action.action}`,
    title: common.name ?? `${action.action}${action.told}`,
    action: action.action,
    parameters: action.read,
    ...(common.timeout === undefined ? {} : { timeoutMs: common.timeout * 1000 }),
    ...(common.retries === undefined ? {} : { retries: common.retries }),
    continueOnFailure: common['continue-on-failure'] ?? false,
  };
}

/** Valid documents: each project may depend on those before it, by name or through its artifact. */
export const spec: fc.Arbitrary<Written> = fc
  .uniqueArray(
    fc.record({
      name,
      steps: fc.array(step, { maxLength: 4 }),
      key: fc.constantFrom('build-steps', 'actions'),
      named: fc.array(fc.nat({ max: 5 }), { maxLength: 3 }),
      used: fc.array(fc.nat({ max: 5 }), { maxLength: 3 }),
      script: fc.option(script, { nil: undefined }),
    }),
    { minLength: 1, maxLength: 6, selector: ({ name }) => name },
  )
  .map((drafts) => {
    const documents: Json[] = [];
    const projects: Project[] = [];
    for (const [index, draft] of drafts.entries()) {
      const earlier = (picks: readonly number[]): number[] => [...new Set(picks.filter((pick) => pick < index))];
      const named = earlier(draft.named);
      const used = earlier(draft.used);
      const artifact = (of: number): Json => ({ 'artifact-name': `of-${of}` });
      const written: { action: string; given: Json; read: Json; told: string }[] = [
        ...used.map((of) => ({
          action: 'unpack-artifact',
          given: artifact(of),
          read: artifact(of),
          told: ` of-${of}`,
        })),
        { action: 'create-artifact', given: artifact(index), read: artifact(index), told: ` of-${index}` },
      ];
      if (draft.script !== undefined) {
        const box = { 'artifact-name': `of-${index}` };
        written.push(
          { action: 'create-systree', given: box, read: { ...box, 'container-name': 'default' }, told: ` of-${index}` },
          {
            action: 'shell',
            given: { shell: draft.script },
            read: { 'container-name': 'default', shell: draft.script },
            told: '',
          },
        );
      }
      const steps = [
        ...draft.steps,
        ...written.map((action) => ({ action: action as (typeof draft.steps)[0]['action'], common: {} })),
      ];
      documents.push({
        project: draft.name,
        [draft.key]: steps.map(({ action, common }) => ({ action: action.action, ...action.given, ...common })),
        'depends-on': named.map((at) => drafts[at]?.name ?? ''),
      });
      projects.push({
        name: draft.name,
        dependsOn: [...new Set([...named, ...used].map((at) => drafts[at]?.name ?? ''))],
        steps: steps.map(readStep),
      });
    }
    return { document: { projects: documents }, spec: { projects } };
  });

const anything = fc.jsonValue({ maxDepth: 2 }).map((value) => value as Json);
const keys = [
  'projects',
  'project',
  'actions',
  'build-steps',
  'depends-on',
  'action',
  'suite',
  'url',
  'shell',
  'artifact-name',
  'name',
  'timeout',
  'retries',
  'x-a',
  'environment',
  'packages',
];

/** A valid document with one part of it replaced by anything, removed, or given under another key. */
export const likelyValue: fc.Arbitrary<unknown> = fc
  .tuple(
    spec,
    fc.nat(),
    fc.oneof(anything, fc.constantFrom(...keys), fc.constant(undefined)),
    fc.option(fc.constantFrom(...keys)),
  )
  .map(([{ document }, at, replacement, key]) => {
    const copy = structuredClone(document) as unknown;
    const places: [Record<string, unknown>, string][] = [];
    const visit = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      for (const [key, part] of Object.entries(value)) {
        places.push([value as Record<string, unknown>, key]);
        visit(part);
      }
    };
    visit(copy);
    const [holder, place] = places[at % places.length] ?? [{}, ''];
    if (Array.isArray(holder)) holder[Number(place)] = replacement ?? null;
    else if (key === null) holder[place] = replacement;
    else {
      holder[key] = replacement ?? holder[place];
      delete holder[place];
    }
    return copy;
  });
