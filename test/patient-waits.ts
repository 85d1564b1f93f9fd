import { vi } from 'vitest';

// A wait ends when what it waits for is there; how long that may take depends on what else the machine does. By itself
// Vitest gives up after a second. For `expect.poll` see vitest.config.ts.
const { waitFor } = vi;
vi.waitFor = (callback, options) =>
  waitFor(callback, typeof options === 'number' ? options : { timeout: LONGEST_WAIT_MS, ...options });

const LONGEST_WAIT_MS = 60_000;
