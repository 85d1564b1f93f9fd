/** `node test/host-vm/bundle.ts DIRECTORY`: the programs of the virtual machine, each as one file, which a slow one starts sooner. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { bundle } from '../crash/bundled.ts';

const [, , directory = ''] = process.argv;
await bundle(directory, {
  'host-vm/exhaust': 'test/host-vm/exhaust.ts',
  'host-vm/probe': 'test/host-vm/probe.ts',
  'store/tree-worker': 'store/tree-worker.ts',
  'supervisor/spec-worker': 'supervisor/spec-worker.ts',
  'cli/main': 'cli/main.ts',
});
for (const name of ['syscalls-x86_64.txt', 'syscalls-aarch64.txt']) {
  cpSync(join(import.meta.dirname, '../sandbox/seccomp', name), join(directory, 'host-vm', name));
}
