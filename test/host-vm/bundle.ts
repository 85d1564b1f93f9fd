/** `node test/host-vm/bundle.ts DIRECTORY`: the program of the virtual machine as one file, which a slow one starts sooner. */
import { bundle } from '../crash/bundled.ts';

const [, , directory = ''] = process.argv;
await bundle(directory, { 'host-vm/exhaust': 'test/host-vm/exhaust.ts', 'store/tree-worker': 'store/tree-worker.ts' });
