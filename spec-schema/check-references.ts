import type { ReadProject, ReadStep } from './check-structure.ts';
import { dependencyCycles } from './dependency-graph.ts';
import { didYouMean } from './did-you-mean.ts';
import type { LocatedValue } from './located-value.ts';
import { cut, printable, quoted } from './printable-text.ts';
import type { ProblemList } from './problem-list.ts';
import type { SourceText, Span } from './source-text.ts';
import { parameterOf } from './step-parameters.ts';

/** That one project needs another, why, and where that is written. */
interface Link {
  readonly why: string;
  readonly span: Span;
}

/** For each project by name, the projects it needs, in the order of the document. */
export type Needs = ReadonlyMap<string, ReadonlyMap<string, Link>>;

interface Maker {
  readonly project: ReadProject;
  readonly stepIndex: number;
  readonly span: Span;
}

/**
 * Reports what names something that is not there, or is there twice, or comes
 * too late, and every project that waits for itself. Gives which project needs
 * which.
 *
 * An unreadable step or project may be the very one that makes what is missed
 * elsewhere. While there is one, nothing is called missing that it may make.
 */
export function checkReferences(
  projects: readonly ReadProject[],
  context: {
    document: LocatedValue;
    source: SourceText;
    problems: ProblemList;
    heldArtifacts: ReadonlySet<string> | undefined;
  },
): Needs {
  return new ReferenceCheck(projects, context).needs();
}

class ReferenceCheck {
  readonly #projects: readonly ReadProject[];
  readonly #document: LocatedValue;
  readonly #source: SourceText;
  readonly #problems: ProblemList;
  readonly #heldArtifacts: ReadonlySet<string> | undefined;
  readonly #byName = new Map<string, ReadProject>();
  readonly #makers = new Map<string, Maker>();
  readonly #needs = new Map<string, Map<string, Link>>();

  constructor(projects: readonly ReadProject[], context: Parameters<typeof checkReferences>[1]) {
    this.#projects = projects;
    this.#document = context.document;
    this.#source = context.source;
    this.#problems = context.problems;
    this.#heldArtifacts = context.heldArtifacts;
  }

  needs(): Needs {
    for (const project of this.#projects) this.#checkName(project);
    for (const project of this.#projects) this.#collectMakers(project);
    for (const project of this.#projects) {
      this.#checkDependsOn(project);
      this.#checkContainers(project);
      this.#checkArtifacts(project);
    }
    this.#checkCycles();
    return this.#needs;
  }

  #checkName(project: ReadProject): void {
    const { name, mapping } = project;
    if (name === undefined) return;
    const first = this.#byName.get(name);
    if (first === undefined) {
      this.#byName.set(name, project);
      this.#needs.set(name, new Map());
      return;
    }
    const { line } = this.#source.positionAt(this.#document.valueSpan(first.mapping, 'project').start);
    this.#problems.report({
      code: 'PROJECT_TWICE',
      message: `there is already a project ${quoted(name)}, in line ${line}`,
      span: this.#document.valueSpan(mapping, 'project'),
    });
  }

  #collectMakers(project: ReadProject): void {
    for (const [stepIndex, step] of project.steps.entries()) {
      const artifact = parameterOf(step, 'makesArtifact');
      if (artifact === undefined) continue;
      const span = this.#spanOf(step, 'makesArtifact');
      const first = this.#makers.get(artifact);
      if (first === undefined) {
        this.#makers.set(artifact, { project, stepIndex, span });
        continue;
      }
      const { line } = this.#source.positionAt(first.span.start);
      const owner = first.project === project ? 'this project' : `project ${quoted(first.project.name ?? '')}`;
      this.#problems.report({
        code: 'ARTIFACT_TWICE',
        message: `the artifact ${quoted(artifact)} is already made by ${owner}, in line ${line}`,
        span,
      });
    }
  }

  #checkDependsOn({ name, mapping }: ReadProject): void {
    const list = mapping['depends-on'];
    if (!Array.isArray(list)) return;
    for (const [index, needed] of (list as unknown[]).entries()) {
      if (typeof needed !== 'string') continue;
      const span = this.#document.valueSpan(list, index);
      if (this.#byName.has(needed)) {
        this.#link(name, needed, { why: `${quoted(name ?? '')} names ${quoted(needed)} in \`depends-on\``, span });
      } else if (this.#projects.every(({ name }) => name !== undefined)) {
        this.#problems.report({
          code: 'PROJECT_UNKNOWN',
          message: `there is no project ${quoted(needed)}`,
          span,
          suggest: () => didYouMean(needed, this.#byName.keys()),
        });
      }
    }
  }

  #checkContainers({ steps }: ReadProject): void {
    const made = new Map<string, Span>();
    let anyUnreadable = false;
    for (const [index, step] of steps.entries()) {
      anyUnreadable ||= step.declaration === undefined;
      const used = parameterOf(step, 'usesContainer');
      if (used !== undefined && !made.has(used) && !anyUnreadable) {
        const later = steps.slice(index + 1).find((other) => parameterOf(other, 'makesContainer') === used);
        const where =
          later === undefined
            ? ''
            : `; line ${this.#source.positionAt(this.#spanOf(later, 'makesContainer').start).line} does, which is too late`;
        this.#problems.report({
          code: 'CONTAINER_UNKNOWN',
          message: `no step before this one makes the container ${quoted(used)}${where}`,
          span: this.#spanOf(step, 'usesContainer'),
          suggest: () => (later === undefined ? didYouMean(used, made.keys()) : undefined),
        });
      }
      const makes = parameterOf(step, 'makesContainer');
      if (makes === undefined) continue;
      const span = this.#spanOf(step, 'makesContainer');
      const first = made.get(makes);
      if (first === undefined) {
        made.set(makes, span);
      } else {
        this.#problems.report({
          code: 'CONTAINER_TWICE',
          message: `this project already has a container ${quoted(makes)}, made in line ${this.#source.positionAt(first.start).line}`,
          span,
        });
      }
    }
  }

  #checkArtifacts(project: ReadProject): void {
    const anyUnreadable = this.#projects.some(({ steps }) =>
      steps.some(({ declaration }) => declaration === undefined),
    );
    const used = project.steps.flatMap((step, stepIndex) =>
      this.#artifactsUsedBy(step).map((each) => ({ ...each, stepIndex })),
    );
    for (const { artifact, span, stepIndex } of used) {
      const maker = this.#makers.get(artifact);
      if (maker === undefined) {
        if (!anyUnreadable) this.#checkHeld(artifact, span);
      } else if (maker.project !== project) {
        const [user, owner] = [project.name, maker.project.name];
        if (owner === undefined) continue;
        const why = `${quoted(user ?? '')} uses the artifact ${quoted(artifact)}, which ${quoted(owner)} makes`;
        this.#link(user, owner, { why, span });
      } else if (maker.stepIndex >= stepIndex) {
        this.#problems.report({
          code: 'ARTIFACT_TOO_EARLY',
          message: `the artifact ${quoted(artifact)} is made only later in this project, in line ${this.#source.positionAt(maker.span.start).line}`,
          span,
        });
      }
    }
  }

  /** One, or each of a list. */
  #artifactsUsedBy(step: ReadStep): { readonly artifact: string; readonly span: Span }[] {
    const key = step.declaration?.usesArtifact;
    const list = key !== undefined && Object.hasOwn(step.mapping, key) ? step.mapping[key] : undefined;
    if (Array.isArray(list)) {
      return list.flatMap((artifact: unknown, index) =>
        typeof artifact === 'string' ? [{ artifact, span: this.#document.valueSpan(list, index) }] : [],
      );
    }
    const artifact = parameterOf(step, 'usesArtifact');
    return artifact === undefined ? [] : [{ artifact, span: this.#spanOf(step, 'usesArtifact') }];
  }

  #checkHeld(artifact: string, span: Span): void {
    const held = this.#heldArtifacts;
    if (held === undefined || held.has(artifact)) return;
    this.#problems.report({
      code: 'ARTIFACT_UNKNOWN',
      message: `no project makes the artifact ${quoted(artifact)}, and the store does not hold it`,
      span,
      suggest: () => didYouMean(artifact, [...this.#makers.keys(), ...held]),
    });
  }

  #link(user: string | undefined, needed: string, link: Link): void {
    const links = user === undefined ? undefined : this.#needs.get(user);
    if (links !== undefined && !links.has(needed)) links.set(needed, link);
  }

  #checkCycles(): void {
    const graph = new Map([...this.#needs].map(([name, links]) => [name, [...links.keys()]]));
    for (const cycle of dependencyCycles(graph)) {
      const links = cycle.map((name, index) => this.#needs.get(name)?.get(cycle[(index + 1) % cycle.length] ?? name));
      const span = links[0]?.span;
      if (span === undefined) continue;
      // A cycle through hundreds of projects is shown by its beginning and its end.
      const shown = (parts: readonly string[]): string[] =>
        parts.length <= 20 ? [...parts] : [...parts.slice(0, 10), `… ${parts.length - 19} more …`, ...parts.slice(-9)];
      const names = [...cycle, cycle[0] ?? ''].map((name) => cut(printable(name), 60));
      const path = shown(names).join(' → ');
      const who = cycle.length === 1 ? 'a project waits for itself' : 'projects wait for each other';
      const why = shown(links.map((link) => link?.why ?? '')).join('; ');
      this.#problems.report({
        code: 'DEPENDENCY_CYCLE',
        message: `${who}, ${path}: ${why}`,
        span,
      });
    }
  }

  #spanOf(step: ReadStep, role: Parameters<typeof parameterOf>[1]): Span {
    const key = step.declaration?.[role];
    const isWritten = key !== undefined && Object.hasOwn(step.mapping, key);
    return this.#document.valueSpan(step.mapping, isWritten ? key : 'action');
  }
}
