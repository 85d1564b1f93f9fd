import { expect, test } from 'vitest';
import { landlockBounds } from '../../sandbox/landlock-bounds.ts';
import type { VettedToolPolicy } from '../../sandbox/policy.ts';
import { BUILDER_POLICY } from './sample-witness.ts';

const tool: VettedToolPolicy = { type: 'vetted-tool', identity: 'builder', network: true, environment: {}, reads: [] };
const ports = [53, 80];

test('what Landlock will hold is said by what its version can', () => {
  expect([0, 3, 4, 5, 6].map((version) => landlockBounds(tool, { version, ports }))).toEqual([
    { version: 0, scopes: [] },
    { version: 3, scopes: [] },
    { version: 4, ports, scopes: [] },
    { version: 5, ports, scopes: [] },
    { version: 6, ports, scopes: ['abstract-sockets', 'signals'] },
  ]);
});

test('nothing is said of what is not in the network of the host, or is no tool', () => {
  expect(landlockBounds({ ...tool, network: false }, { version: 6, ports })).toBeUndefined();
  expect(landlockBounds({ ...BUILDER_POLICY, network: true }, { version: 6, ports })).toBeUndefined();
});
