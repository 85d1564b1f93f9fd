/**
 * The named points of the commit protocol at which a supervisor is killed.
 *
 * A process that is killed leaves what it has done to the world so far. So two
 * moments between which it does nothing to the world are one, and a point is an
 * effect, together with whether it comes before or after the kill. The
 * effects are seen where they leave the process (see effects.ts), so the
 * supervisor has no hook that production would carry, and no step of the protocol
 * is passed over for want of one.
 */
export interface Point {
  readonly name: string;
  /** What the effect says of itself: see effects.ts. */
  readonly effect: RegExp;
}

/** Those of a process that removes what is old. */
export const GC_POINTS: readonly Point[] = [
  { name: 'garbage-forgotten', effect: /^commit .*UPDATE runs SET forgotten_at/ },
  { name: 'garbage-worked-on', effect: /^start .*keeper\.pl exec .*tree-worker/ },
  { name: 'tree-put-aside', effect: /^rename .*\/\.removed-/ },
  { name: 'trees-pardoned', effect: /^commit .*DELETE FROM doomed/ },
];

export const POINTS: readonly Point[] = [
  { name: 'run-created', effect: /^commit .*INSERT INTO runs/ },
  { name: 'run-claimed', effect: /^commit .*UPDATE runs SET owner/ },
  { name: 'run-started', effect: /^commit .*"type":"run-started"/ },
  { name: 'project-started', effect: /^commit .*"type":"project-started"/ },
  { name: 'artifact-used', effect: /^commit .*artifact_uses/ },
  { name: 'attempt-recorded', effect: /^commit .*INSERT INTO attempts/ },
  { name: 'attempt-adopted', effect: /^commit .*"type":"step-adopted"/ },
  { name: 'keeper-started', effect: /^start .*keeper\.pl serve/ },
  { name: 'keeper-awaited', effect: /^start .*keeper\.pl await-end/ },
  { name: 'job-given', effect: /^say run / },
  { name: 'worker-started', effect: /^start .*keeper\.pl exec .*tree-worker/ },
  { name: 'layer-unpacked', effect: /^start .*keeper\.pl exec .*tar --extract/s },
  { name: 'layer-named', effect: /^rename .*\/\.new-/ },
  { name: 'remains-sealed', effect: /^start .*keeper\.pl exec .*\/bin\/mv/ },
  { name: 'remains-discarded', effect: /^start .*keeper\.pl exec .*\/bin\/rm/ },
  { name: 'loss-recorded', effect: /^commit .*UPDATE attempts SET ended_at.*"interrupted"/ },
  { name: 'step-committed', effect: /^commit .*UPDATE attempts SET ended_at.*"(succeeded|failed)"/ },
  { name: 'artifact-committed', effect: /^commit .*INSERT INTO artifact_versions/ },
  { name: 'machine-saved', effect: /^commit .*UPDATE projects SET state/ },
  { name: 'project-saved-built', effect: /^commit .*UPDATE projects SET state = .*\["built"/ },
  { name: 'marked-durable', effect: /^commit .*INSERT INTO meta .*'flushedAt'/ },
  { name: 'project-ended', effect: /^commit .*"type":"project-ended"/ },
  { name: 'keeper-ended', effect: /^say quit/ },
  { name: 'keeper-removed', effect: /^remove .*\/keepers\// },
  { name: 'run-ended', effect: /^commit .*UPDATE runs SET ended_at/ },
  { name: 'run-released', effect: /^remove .*\/runs\// },
];
