import { expect, test } from 'vitest';
import { unnamedPort } from '../../actions/unnamed-port.ts';

const PORTS = [53, 80, 443, 8080];

test.for([
  [
    'git',
    "fatal: unable to access 'http://a/': Failed to connect to mirror.example port 8443 after 0 ms: Could not connect to server",
  ],
  [
    'apt',
    'W: Failed to fetch http://a/x  Could not connect to mirror.example:8443 (192.0.2.1). - connect (13: Permission denied)',
  ],
  ['wget', 'Connecting to mirror.example (mirror.example)|192.0.2.1|:8443... failed: Permission denied.'],
] as const)('the port that %s was sent on to is found in its log', ([, log]) => {
  expect(unnamedPort(log, PORTS)).toBe(8443);
});

test.for([
  ['is one that the address names', 'Failed to connect to mirror.example port 8080 after 9 ms: Connection refused'],
  [
    'was refused by the server',
    'Could not connect to mirror.example:8443 (192.0.2.1). - connect (111: Connection refused)',
  ],
  ['is none', 'fatal: repository not found'],
] as const)('a port that %s is none', ([, log]) => {
  expect(unnamedPort(log, PORTS)).toBeUndefined();
});
