import { amountText } from '../../machines/limit-hit.ts';
import type { RunsOn } from '../../spec-schema/build-spec.ts';

/** What of a host projects can ask for. */
export interface HostTraits {
  /** By Debian's name. */
  readonly architecture: string;
  readonly memoryBytes: number;
  readonly labels: readonly string[];
}

/** Something that a project asks for, and a host is not or has not. */
export type MissingTrait =
  | { readonly type: 'architecture'; readonly wanted: string; readonly is: string }
  | { readonly type: 'memory'; readonly wantedBytes: number; readonly hasBytes: number }
  | { readonly type: 'label'; readonly wanted: string };

/** Of a machine of 8 GiB the kernel and its firmware show somewhat less. A sixteenth is more than they keep. */
const SHOWN_OF_MEMORY = 15 / 16;

/** Pure: what `host` lacks of what is asked, in a steady order; nothing where it may take the project. */
export function missingOf(runsOn: RunsOn | undefined, host: HostTraits): readonly MissingTrait[] {
  const { architecture, memoryBytes = 0, labels = [] } = runsOn ?? {};
  const missing: MissingTrait[] = [];
  if (architecture !== undefined && architecture !== host.architecture) {
    missing.push({ type: 'architecture', wanted: architecture, is: host.architecture });
  }
  if (host.memoryBytes < memoryBytes * SHOWN_OF_MEMORY) {
    missing.push({ type: 'memory', wantedBytes: memoryBytes, hasBytes: host.memoryBytes });
  }
  for (const wanted of labels) {
    if (!host.labels.some((label) => meets(label, wanted))) missing.push({ type: 'label', wanted });
  }
  return missing;
}

/** As people say it: "the label `gpu`". */
export function missingText(missing: MissingTrait): string {
  switch (missing.type) {
    case 'architecture':
      return `the architecture \`${missing.wanted}\``;
    case 'memory':
      return `${amountText(missing.wantedBytes, 'bytes')} of memory`;
    case 'label':
      return `the label \`${missing.wanted}\``;
  }
}

/** A word asks for the word, whatever its value. */
function meets(label: string, wanted: string): boolean {
  return label === wanted || (!wanted.includes('=') && label.startsWith(`${wanted}=`));
}
