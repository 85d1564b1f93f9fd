import { readFileSync } from 'node:fs';

/** A setting of the kernel, by its path below /proc/sys; undefined when this kernel has none of that name. */
export function kernelSetting(name: string): string | undefined {
  try {
    return readFileSync(`/proc/sys/${name}`, 'utf8').trim();
  } catch {
    return undefined;
  }
}
