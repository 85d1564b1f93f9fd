import { readFileSync } from 'node:fs';

/** Changes at every boot, see random(4): nothing that ran under another one lives. */
export function kernelBootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}
