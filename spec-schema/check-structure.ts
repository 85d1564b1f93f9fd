import type { ActionDeclaration } from './action-declaration.ts';
import type { Json, JsonObject } from './build-spec.ts';
import { DOCUMENT_SCHEMA, PROJECT_SCHEMA, STEPS_KEYS } from './build-spec-schema.ts';
import { didYouMean, nearest } from './did-you-mean.ts';
import { described, partName } from './fault-message.ts';
import type { LocatedValue } from './located-value.ts';
import { quoted } from './printable-text.ts';
import type { ProblemList } from './problem-list.ts';
import { schemaFaults, type Fault } from './schema-faults.ts';
import type { SourceText } from './source-text.ts';
import { stepSchema, UNKNOWN_STEP_SCHEMA } from './step-schema.ts';

/** A project as far as it could be read. What could not be is absent, and has been reported. */
export interface ReadProject {
  readonly mapping: JsonObject;
  readonly name?: string;
  readonly steps: readonly ReadStep[];
}

/** A step as far as it could be read. */
export interface ReadStep {
  readonly mapping: JsonObject;
  /** Absent: nobody knows what this step makes or uses. */
  readonly declaration?: ActionDeclaration;
}

/**
 * Reports every key and value that no specification can have, and gives what
 * can be read all the same, so that the references in it are checked too.
 */
export function checkStructure(
  document: LocatedValue,
  { source, problems, actions }: { source: SourceText; problems: ProblemList; actions: readonly ActionDeclaration[] },
): readonly ReadProject[] {
  return new StructureCheck(document, source, problems, actions).projects();
}

/** What a mapping is called in messages, and what to say about its keys. */
interface Kind {
  readonly ofKeys: string;
  readonly missing: (key: string) => string;
  readonly hint?: string | undefined;
}

const OF_PROJECT: Kind = {
  ofKeys: 'project key',
  missing: (key) => (key === 'project' ? 'the project has no name: the key `project` is missing' : `${key} is missing`),
};
const OF_UNKNOWN_STEP: Kind = { ofKeys: 'step parameter', missing: () => 'the step has no `action`' };

class StructureCheck {
  readonly #document: LocatedValue;
  readonly #source: SourceText;
  readonly #problems: ProblemList;
  readonly #actions: ReadonlyMap<string, ActionDeclaration>;

  constructor(
    document: LocatedValue,
    source: SourceText,
    problems: ProblemList,
    actions: readonly ActionDeclaration[],
  ) {
    this.#document = document;
    this.#source = source;
    this.#problems = problems;
    this.#actions = new Map(actions.map((action) => [action.name, action]));
  }

  projects(): ReadProject[] {
    const { root } = this.#document;
    if (!isMapping(root)) {
      const isEmpty = root === null;
      this.#problems.report({
        code: 'WRONG_TYPE',
        message: isEmpty
          ? 'the specification is empty'
          : `the specification must be a mapping, but is ${described(root)}`,
        span: this.#document.spanAt([]) ?? { start: 0, end: 0 },
        suggest: () => 'begin it with `projects:`',
      });
      return [];
    }
    this.#reportFaults(root, schemaFaults(DOCUMENT_SCHEMA, root), {
      ofKeys: 'key',
      missing: () => 'the specification has no `projects`',
    });
    return itemsOf(root, 'projects').flatMap((project, index) => this.#project(project, root['projects'], index));
  }

  #project(project: Json, list: unknown, index: number): ReadProject[] {
    if (!isMapping(project)) {
      this.#reportItem(list, index, `a project must be a mapping, but is ${described(project)}`);
      return [];
    }
    const faults = schemaFaults(PROJECT_SCHEMA, project);
    this.#reportFaults(project, faults, OF_PROJECT);
    this.#checkStepsKey(project, faults);
    const name = project['project'];
    const steps = STEPS_KEYS.flatMap((key) =>
      itemsOf(project, key).flatMap((step, index) => this.#step(step, project[key], index)),
    );
    return [{ mapping: project, steps, ...(typeof name === 'string' ? { name } : {}) }];
  }

  #checkStepsKey(project: JsonObject, faults: readonly Fault[]): void {
    const [first, second] = Object.keys(project).filter((key) => STEPS_KEYS.some((known) => known === key));
    if (second !== undefined) {
      this.#problems.report({
        code: 'STEPS_TWICE',
        message: '`build-steps` and `actions` mean the same; a project has one of them',
        span: this.#document.keySpan(project, second),
      });
    }
    const isMisspelt = faults.some(({ meant }) => STEPS_KEYS.some((key) => key === meant));
    if (first === undefined && !isMisspelt) {
      this.#problems.report({
        code: 'KEY_MISSING',
        message: 'the project has no steps: the key `build-steps` is missing',
        span: this.#placeOf(project),
      });
    }
  }

  #step(step: Json, list: unknown, index: number): ReadStep[] {
    if (!isMapping(step)) {
      const isAction = typeof step === 'string' && this.#actions.has(step);
      this.#reportItem(
        list,
        index,
        `a step must be a mapping, but is ${described(step)}`,
        isAction ? `write \`action: ${step}\`` : undefined,
      );
      return [];
    }
    const { action } = step;
    const declaration = typeof action === 'string' ? this.#actions.get(action) : undefined;
    if (declaration === undefined) {
      this.#checkUnknownStep(step);
      return [{ mapping: step }];
    }
    const parameters = Object.keys(declaration.parameters);
    this.#reportFaults(step, schemaFaults(stepSchema(declaration), step), {
      ofKeys: 'step parameter',
      missing: (key) => `the action \`${declaration.name}\` needs the parameter \`${key}\``,
      hint: `\`${declaration.name}\` takes ${parameters.length === 0 ? 'no parameters' : parameters.map(quoted).join(', ')}`,
    });
    return [{ mapping: step, declaration }];
  }

  /** Of a step without a known action: its action, and what every step has in common. */
  #checkUnknownStep(step: JsonObject): void {
    const { action } = step;
    if (typeof action === 'string') {
      this.#problems.report({
        code: 'ACTION_UNKNOWN',
        message: `unknown action ${quoted(action)}`,
        span: this.#document.valueSpan(step, 'action'),
        suggest: () =>
          didYouMean(action, this.#actions.keys()) ?? `there are ${[...this.#actions.keys()].map(quoted).join(', ')}`,
      });
    } else if (Object.hasOwn(step, 'action')) {
      const path = ['action'];
      const message =
        action === null ? '`action` has no value' : `\`action\` must be a text, but is ${described(action)}`;
      this.#reportFaults(step, [{ code: 'WRONG_TYPE', message, path, types: ['string'] }], OF_UNKNOWN_STEP);
    } else {
      const key = Object.keys(step).find((key) => nearest(key, ['action']) !== undefined);
      const fault = { path: [], message: '', key: key ?? 'action' };
      this.#reportFaults(
        step,
        [key === undefined ? { ...fault, code: 'KEY_MISSING' } : { ...fault, code: 'KEY_UNKNOWN', meant: 'action' }],
        OF_UNKNOWN_STEP,
      );
    }
    this.#reportFaults(step, schemaFaults(UNKNOWN_STEP_SCHEMA, step), OF_UNKNOWN_STEP);
  }

  #reportItem(list: unknown, index: number, message: string, suggestion?: string): void {
    const span = this.#document.valueSpan(list as object, index);
    this.#problems.report({ code: 'WRONG_TYPE', message, span, suggest: () => suggestion });
  }

  #reportFaults(mapping: JsonObject, faults: readonly Fault[], kind: Kind): void {
    for (const fault of faults) this.#reportFault(mapping, fault, kind);
  }

  #reportFault(mapping: JsonObject, fault: Fault, kind: Kind): void {
    const { code, path, key, meant } = fault;
    let holder: object = mapping;
    for (const step of path.slice(0, -1)) holder = (holder as Record<string | number, object>)[step] ?? holder;
    const last = path.at(-1);
    const part = last === undefined ? mapping : (holder as Record<string | number, object>)[last];
    const within = path.length === 0 ? '' : ` of ${partName(path)}`;

    if (code === 'KEY_MISSING' && key !== undefined) {
      const message = path.length === 0 ? kind.missing(key) : `${quoted(key)}${within} is missing`;
      this.#problems.report({ code, message, span: path.length === 0 ? this.#placeOf(mapping) : this.#placeOf(part) });
    } else if (key !== undefined) {
      const message =
        code === 'KEY_UNKNOWN'
          ? `unknown ${path.length === 0 ? kind.ofKeys : 'key'} ${quoted(key)}${within}`
          : fault.message;
      const suggestion =
        meant === undefined ? (path.length === 0 ? kind.hint : undefined) : `did you mean ${quoted(meant)}?`;
      this.#problems.report({
        code,
        message,
        span: this.#document.keySpan(part ?? mapping, key),
        suggest: () => (code === 'KEY_UNKNOWN' ? suggestion : undefined),
      });
    } else if (last !== undefined) {
      const span = this.#document.valueSpan(holder, last);
      this.#problems.report({ code, message: fault.message, span, suggest: () => this.#wayOut(fault, part, span) });
    }
  }

  /** What to write instead of a value of the wrong type, or one that is not among the choices. */
  #wayOut({ types, choices }: Fault, value: unknown, span: { start: number; end: number }): string | undefined {
    if (choices !== undefined) return typeof value === 'string' ? didYouMean(value, choices) : undefined;
    const written = this.#source.text.slice(span.start, Math.min(span.end, span.start + 60));
    if (written.includes('\n')) return undefined;
    if (types?.includes('string') && (typeof value === 'number' || typeof value === 'boolean')) {
      return `put it in quotes: \`"${written}"\``;
    }
    if (types?.includes('boolean') && typeof value === 'string' && YES_OR_NO.has(value.toLowerCase())) {
      return `write \`${YES_OR_NO.get(value.toLowerCase())}\``;
    }
    if (types?.includes('array') && typeof value === 'string')
      return `write a list: \`[${quoted(written).slice(1, -1)}]\``;
    return undefined;
  }

  /** What to point at when something is missing from a mapping: what it begins with, rather than all its lines. */
  #placeOf(mapping: object | undefined): { start: number; end: number } {
    const { start, end } = this.#document.spanOf(mapping ?? {});
    const first =
      mapping === undefined ? undefined : Object.keys(mapping).find((key) => key === 'action' || key === 'project');
    if (mapping !== undefined && first !== undefined) return this.#document.valueSpan(mapping, first);
    return { start, end: Math.min(end, start + 1) };
  }
}

/** Booleans in YAML 1.1, which people still remember; plain texts in 1.2. */
const YES_OR_NO: ReadonlyMap<string, boolean> = new Map([
  ['yes', true],
  ['on', true],
  ['y', true],
  ['no', false],
  ['off', false],
  ['n', false],
]);

function isMapping(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function itemsOf(mapping: JsonObject, key: string): readonly Json[] {
  const list = Object.hasOwn(mapping, key) ? mapping[key] : undefined;
  return Array.isArray(list) ? list : [];
}
