import { arrangeTree, lackingParcels } from './arrange-tree.ts';
import type { ArrangeJob, ArrivalJob, LackingResult } from './arrange-tree.ts';
import { inside, bytePath } from './byte-path.ts';
import { checkArchive } from './check-archive.ts';
import type { ArchiveContents, CheckArchiveJob } from './check-archive.ts';
import { fileVersions } from './file-versions.ts';
import type { FileVersions, FileVersionsJob } from './file-versions.ts';
import { firstDiffering } from './first-differing.ts';
import type { FirstDiffering, FirstDifferingJob } from './first-differing.ts';
import { flatten } from './flatten.ts';
import type { FlattenJob } from './flatten.ts';
import { linkTree } from './link-tree.ts';
import type { LinkTreeJob, LinkTreeResult } from './link-tree.ts';
import { measureTrees } from './measure-trees.ts';
import type { MeasureJob, MeasureResult } from './measure-trees.ts';
import { listParcels, packParcels } from './pack-parcels.ts';
import type { PackJob, ParcelsJob, ParcelsResult } from './pack-parcels.ts';
import type { OnProgress } from './progress.ts';
import { publish } from './publish.ts';
import type { PublishJob, PublishResult } from './publish.ts';
import { recoverTrees } from './recover-trees.ts';
import type { RecoverTreesJob, RecoverTreesResult } from './recover-trees.ts';
import { removeDoomed } from './remove-doomed.ts';
import type { RemoveDoomedJob, RemoveDoomedResult } from './remove-doomed.ts';
import { removeTree } from './remove-tree.ts';
import { sweepObjects } from './sweep-objects.ts';
import type { SweepObjectsJob, SweepObjectsResult } from './sweep-objects.ts';
import { treeChanges } from './tree-changes.ts';
import type { TreeChanges, TreeChangesJob } from './tree-changes.ts';
import { treeDifferences } from './tree-differences.ts';
import type { TreeDifferences, TreeDifferencesJob } from './tree-differences.ts';
import { treeDigest } from './tree-digest.ts';
import type { TreeDigest } from './tree-digest.ts';
import { treePackages } from './tree-packages.ts';
import type { TreePackages } from './tree-packages.ts';
import { verifyTree } from './verify-tree.ts';
import type { VerifyJob, VerifyResult } from './verify-tree.ts';

/**
 * What the tree worker can be asked to do. Paths are from the root of the trees
 * (`layers/…`, `artifacts/…`); only a mount that is read from is absolute.
 */
export type TreeJob =
  | ({ readonly type: 'publish' } & PublishJob)
  | ({ readonly type: 'link-tree' } & LinkTreeJob)
  | ({ readonly type: 'flatten' } & FlattenJob)
  | ({ readonly type: 'verify' } & VerifyJob)
  | { readonly type: 'digest'; readonly tree: string }
  /** What a system tree says of its packages. */
  | { readonly type: 'packages'; readonly tree: string }
  | { readonly type: 'remove'; readonly path: string }
  | ({ readonly type: 'remove-doomed' } & RemoveDoomedJob)
  | ({ readonly type: 'measure' } & MeasureJob)
  | ({ readonly type: 'sweep-objects' } & SweepObjectsJob)
  | ({ readonly type: 'recover' } & RecoverTreesJob)
  | ({ readonly type: 'check-archive' } & CheckArchiveJob)
  | ({ readonly type: 'tree-changes' } & TreeChangesJob)
  | ({ readonly type: 'tree-differences' } & TreeDifferencesJob)
  | ({ readonly type: 'first-differing' } & FirstDifferingJob)
  | ({ readonly type: 'file-versions' } & FileVersionsJob)
  | ({ readonly type: 'parcels' } & ParcelsJob)
  | ({ readonly type: 'pack' } & PackJob)
  | ({ readonly type: 'lacking-parcels' } & ArrivalJob)
  | ({ readonly type: 'arrange' } & ArrangeJob);

/** What each job answers with. */
export interface TreeJobResults {
  readonly publish: PublishResult;
  readonly 'link-tree': LinkTreeResult;
  readonly flatten: null;
  readonly verify: VerifyResult;
  readonly digest: TreeDigest;
  readonly packages: TreePackages | null;
  readonly remove: null;
  readonly 'remove-doomed': RemoveDoomedResult;
  readonly measure: MeasureResult;
  readonly 'sweep-objects': SweepObjectsResult;
  readonly recover: RecoverTreesResult;
  readonly 'check-archive': ArchiveContents;
  readonly 'tree-changes': TreeChanges;
  readonly 'tree-differences': TreeDifferences;
  readonly 'first-differing': FirstDiffering;
  readonly 'file-versions': FileVersions;
  readonly parcels: ParcelsResult;
  readonly pack: null;
  readonly 'lacking-parcels': LackingResult;
  readonly arrange: null;
}

/** One line of the worker's standard output: any number of `progress`, then one of the others. */
export type TreeWorkerLine =
  | { readonly progress: { readonly files: number; readonly bytes: number } }
  | { readonly result: TreeJobResults[keyof TreeJobResults] }
  /** `code` is an ErrorCode where the user can mend it, and `BUG` where it is ours. */
  | { readonly error: { readonly code: string; readonly message: string; readonly mend?: string } };

/** Does `job` in the directory `trees`. */
export function doTreeJob(
  job: TreeJob,
  { trees, onProgress }: { trees: string; onProgress: OnProgress },
): TreeJobResults[keyof TreeJobResults] {
  for (const path of pathsOf(job)) assertInside(path);
  const context = { trees: bytePath(trees), onProgress };
  switch (job.type) {
    case 'publish':
      return publish(job, context);
    case 'link-tree':
      return linkTree(job, context);
    case 'flatten':
      return flatten(job, context);
    case 'verify':
      return verifyTree(job, context);
    case 'digest':
      return treeDigest(inside(context.trees, bytePath(job.tree)), onProgress);
    case 'packages':
      return treePackages(inside(context.trees, bytePath(job.tree))) ?? null;
    case 'remove':
      removeTree(inside(context.trees, bytePath(job.path)));
      return null;
    case 'remove-doomed':
      return removeDoomed(job, context);
    case 'measure':
      return measureTrees(job, context.trees);
    case 'sweep-objects':
      return sweepObjects(job, context.trees);
    case 'recover':
      return recoverTrees(job, context);
    case 'check-archive':
      return checkArchive(job, context.trees);
    case 'tree-changes':
      return treeChanges(job, context);
    case 'tree-differences':
      return treeDifferences(job, context);
    case 'first-differing':
      return firstDiffering(job, context);
    case 'file-versions':
      return fileVersions(job);
    case 'parcels':
      return listParcels(job, context.trees);
    case 'pack':
      return packParcels(job, context);
    case 'lacking-parcels':
      return lackingParcels(job, context.trees);
    case 'arrange':
      return arrangeTree(job, context);
  }
}

/** The paths of a job that are from the root of the trees. */
function pathsOf(job: TreeJob): readonly string[] {
  switch (job.type) {
    case 'publish':
      return job.layers;
    case 'link-tree':
      return [job.from, job.to];
    case 'flatten':
      return [...job.layers, job.to];
    case 'verify':
    case 'digest':
    case 'packages':
      return [job.tree];
    case 'remove':
      return [job.path];
    case 'remove-doomed':
      return job.paths;
    case 'measure':
      return job.paths ?? [];
    case 'check-archive':
      return [job.archive];
    case 'tree-changes':
      return job.layer === undefined ? [] : [job.layer];
    case 'first-differing':
      return job.pairs.flatMap(({ before, after }) => [before, after]);
    case 'parcels':
    case 'pack':
      return [job.tree, job.to];
    case 'lacking-parcels':
      return [job.from];
    case 'arrange':
      return [job.from, job.to];
    case 'sweep-objects':
    case 'recover':
    case 'tree-differences':
    case 'file-versions':
      return [];
  }
}

/** The supervisor makes these paths, so another kind is a bug of ours. It must not reach out of the trees. */
function assertInside(path: string): void {
  const names = path.split('/');
  if (names.length < 2 || names.some((name) => name === '' || name === '.' || name === '..')) {
    throw new Error(`${JSON.stringify(path)} is not a path inside the trees`);
  }
}
