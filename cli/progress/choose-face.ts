import type { Face, FaceOptions } from './face.ts';
import { jsonFace } from './json-face.ts';
import { plainFace } from './plain-face.ts';
import { quietFace } from './quiet-face.ts';
import { treeFace } from './tree-face.ts';

/** The ways to show a build that a user can ask for by name. */
export const PROGRESS_KINDS = ['tree', 'plain', 'json', 'json-seq'] as const;

export interface FaceChoice {
  readonly progress?: (typeof PROGRESS_KINDS)[number];
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** The face that was asked for, else the tree on a terminal that can draw one, else plain lines. */
export function chooseFace({ progress, json, quiet }: FaceChoice, options: FaceOptions, isDumb: boolean): Face {
  if (progress === 'json-seq') return jsonFace(options, { asSequence: true });
  if (json || progress === 'json') return jsonFace(options);
  if (quiet) return quietFace(options);
  const kind = progress ?? (options.output.isTTY && !isDumb ? 'tree' : 'plain');
  return kind === 'tree' ? treeFace(options) : plainFace(options);
}
