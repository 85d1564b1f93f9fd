// Tears the trees that are its working directory as the order on standard input says, as root of their id map; prints what was lost.
import { text } from 'node:stream/consumers';
import { dice } from './dice.ts';
import { tear } from './tear.ts';
import type { Tear } from './tear.ts';

// As store/tree-worker.ts does: from here on all modules are loaded.
if (process.getuid?.() !== 0) {
  process.setgroups?.([]);
  process.setgid?.(0);
  process.setuid?.(0);
}
const order = JSON.parse(await text(process.stdin)) as Tear & { readonly seed: number };
console.log(JSON.stringify(tear('.', order, dice(order.seed, 0))));
