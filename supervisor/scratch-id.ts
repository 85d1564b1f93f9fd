/** What the ids of scratch attempts begin with, which are of no run: no other id has a hyphen. */
export const SCRATCH = 'shell-';

/** The id of the scratch attempt of a shell that looks into a run: so that whoever finds its keeper knows which run is looked into. */
export function scratchId(run: string, id: string): string {
  return `${SCRATCH}${run}-${id}`;
}

/** The run that a shell looks into, by the name of its keeper. */
export function runOfScratch(name: string): string | undefined {
  return name.startsWith(SCRATCH) ? name.slice(SCRATCH.length).split('-')[0] : undefined;
}
