import type { ActionDeclaration } from '../spec-schema/action-declaration.ts';
import type { Action } from './action.ts';
import { copySource } from './copy-source.ts';
import { createArtifact } from './create-artifact.ts';
import { createSystree } from './create-systree.ts';
import { debootstrap } from './debootstrap.ts';
import { emptyWorkspace } from './empty-workspace.ts';
import { git } from './git.ts';
import { shell } from './shell.ts';
import { unpackArtifact } from './unpack-artifact.ts';

/** Every action that a step can name. */
export const allActions: readonly Action[] = [
  emptyWorkspace,
  debootstrap,
  git,
  copySource,
  createArtifact,
  unpackArtifact,
  createSystree,
  shell,
];

/** What a specification needs to know of them. */
export const declarations: readonly ActionDeclaration[] = allActions.map((action) => action.declaration);
