import { fileURLToPath } from 'node:url';

/** The path of the keeper: from any directory beside `sandbox`, as the bundle keeps this file in another. */
export const KEEPER_PROGRAM: string = fileURLToPath(new URL('../sandbox/keeper.pl', import.meta.url));
