import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { provenanceOf, provenanceText } from '../../supervisor/provenance.ts';
import type { ProvenanceFacts } from '../../supervisor/provenance.ts';
import type { Receipt } from '../../supervisor/receipt.ts';

function receipt(step: string, more: Partial<Receipt> = {}): string {
  const kept: Receipt = {
    format: 'contractor-receipt/1',
    attempt: { id: `attempt of ${step}`, run: 'k3x9', project: 'hello', step, title: step, number: 1 },
    action: 'shell',
    runsIn: 'container',
    network: false,
    tools: [{ name: 'bwrap', path: '/usr/bin/bwrap', version: '0.8.0', sha256: '8558' }],
    inputs: { resolved: [] },
    limits: {},
    contractor: { version: '0.1.0', policy: 2, node: '24.0.0' },
    host: { system: 'Linux', kernel: '6.1.0', machine: 'x86_64' },
    idMap: { uid: [], gid: [] },
    startedAt: '2026-01-01T00:00:00.000Z',
    endedAt: '2026-01-01T00:00:01.000Z',
    outcome: { type: 'succeeded' },
    ...more,
  };
  return JSON.stringify(kept);
}

const facts: ProvenanceFacts = {
  artifact: { name: 'out', digest: 'd1' },
  specification: { name: 'build.yaml', digest: 'd2' },
  run: 'k3x9',
  project: {
    name: 'hello',
    dependsOn: [],
    steps: [
      { id: '1-git', title: 'git x', action: 'git', parameters: { url: 'https://x/y' }, continueOnFailure: false },
      { id: '2-shell', title: 'make', action: 'shell', parameters: { shell: 'make' }, continueOnFailure: false },
    ],
  },
  step: '2-shell',
  artifacts: [
    { name: 'base', version: 3, digest: 'd3', statement: 'd4' },
    { name: 'imported', version: 1, digest: 'd5', statement: undefined },
  ],
  receipts: [
    receipt('1-git', { inputs: { resolved: [{ uri: 'git+https://x/y', digest: { gitCommit: 'c1' } }] } }),
    receipt('2-shell', { startedAt: '2026-01-01T00:00:02.000Z', endedAt: '2026-01-01T00:00:03.000Z' }),
  ],
};
const statement = provenanceOf(facts);

test('is an in-toto statement about the tree of the artifact', () => {
  expect(statement).toMatchObject({
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: 'out', digest: { contractorTree1: 'd1' } }],
    predicateType: 'https://slsa.dev/provenance/v1',
  });
});

test('has what the specification said as what outsiders decide', () => {
  expect(statement.predicate.buildDefinition.externalParameters).toEqual({
    specification: { name: 'build.yaml', digest: { sha256: 'd2' } },
    project: 'hello',
    step: '2-shell',
    steps: [
      { id: '1-git', action: 'git', parameters: { url: 'https://x/y' } },
      { id: '2-shell', action: 'shell', parameters: { shell: 'make' } },
    ],
  });
});

test('leads on to the artifacts that were taken, with the statements about them, and to what steps have found', () => {
  expect(statement.predicate.buildDefinition.resolvedDependencies).toEqual([
    { name: 'build.yaml', digest: { sha256: 'd2' }, annotations: { role: 'specification' } },
    { name: 'base@3', digest: { contractorTree1: 'd3' }, annotations: { role: 'artifact', provenanceSha256: 'd4' } },
    { name: 'imported@1', digest: { contractorTree1: 'd5' }, annotations: { role: 'artifact' } },
    { uri: 'git+https://x/y', digest: { gitCommit: 'c1' }, annotations: { role: 'input', step: '1-git' } },
  ]);
});

test('has the digest of the text of each receipt, and spans them', () => {
  const { metadata, byproducts } = statement.predicate.runDetails;
  expect(byproducts.map(({ digest, annotations }) => [annotations?.['attempt'], digest?.['sha256']])).toEqual(
    ['1-git', '2-shell'].map((step, index) => [
      `attempt of ${step}`,
      createHash('sha256')
        .update(facts.receipts[index] ?? '')
        .digest('hex'),
    ]),
  );
  expect(metadata).toEqual({
    invocationId: 'k3x9:hello:2-shell',
    startedOn: '2026-01-01T00:00:00.000Z',
    finishedOn: '2026-01-01T00:00:03.000Z',
  });
});

test('every dependency has a name or an address, as a resource descriptor must have something to be known by', () => {
  for (const { uri, digest } of statement.predicate.buildDefinition.resolvedDependencies) {
    expect(uri ?? digest).toBeDefined();
  }
});

test('its text is the same for the same facts, and ends with a newline', () => {
  expect(provenanceText(provenanceOf(facts))).toBe(provenanceText(statement));
  expect(provenanceText(statement).endsWith('}\n')).toBe(true);
});

test('[A-170] has the packages of a system tree by their package URLs', () => {
  const packages = [
    { name: 'a', version: '1', architecture: 'all' },
    { name: 'libc6', version: '2', architecture: 'amd64', source: 'glibc', origin: 'http://x', sha256: 'ab' },
  ];
  const { resolvedDependencies } = provenanceOf({ ...facts, system: { packages } }).predicate.buildDefinition;
  expect(resolvedDependencies.slice(-2)).toEqual([
    { uri: 'pkg:deb/debian/a@1?arch=all', annotations: { role: 'package' } },
    {
      uri: 'pkg:deb/debian/libc6@2?arch=amd64',
      digest: { sha256: 'ab' },
      annotations: { role: 'package', source: 'glibc', origin: 'http://x' },
    },
  ]);
});
