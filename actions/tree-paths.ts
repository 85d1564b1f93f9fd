import type { TreeReference } from '../machines/project-tree.ts';

/** Where a layer or an artifact is, relative to `trees/layers`, which is how keepers name trees. */
export function treePath(reference: TreeReference): string {
  return reference.type === 'layer' ? reference.id : artifactPath(reference);
}

/** Where the tree of an artifact is, relative to `trees/layers`. */
export function artifactPath({ name, digest }: { readonly name: string; readonly digest: string }): string {
  return `../artifacts/${name}/${digest}/tree`;
}

/** The layers of a stack as a mount wants them: topmost first. A project's tree has them bottom first. */
export function lowerPaths(stack: readonly TreeReference[]): string[] {
  return stack.map(treePath).toReversed();
}
