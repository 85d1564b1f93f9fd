import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { isSigned, pushedRef } from '../../../examples/controller/signatures.ts';

const secret = 'of both';
const body = Buffer.from('{"ref":"refs/heads/main"}');
const hmac = (key: string, text = body): string => createHmac('sha256', key).update(text).digest('hex');

describe('[A-221] a delivery of a git server', () => {
  test.each([
    ['GitHub', { 'x-hub-signature-256': `sha256=${hmac(secret)}` }],
    ['Gitea', { 'x-gitea-signature': hmac(secret) }],
    ['Forgejo, which says it in every way', { 'x-forgejo-signature': hmac(secret), 'x-gitea-signature': hmac(secret) }],
    ['GitLab', { 'x-gitlab-token': secret }],
  ])('is taken when it is signed as by %s', (_, headers) => {
    expect(isSigned(headers, body, secret)).toBe(true);
  });

  test.each([
    ['nothing', {}],
    ['another secret', { 'x-hub-signature-256': `sha256=${hmac('of another')}` }],
    ['a signature of another body', { 'x-gitea-signature': hmac(secret, Buffer.from('{}')) }],
    ['a signature that is cut', { 'x-gitea-signature': hmac(secret).slice(1) }],
    ['an empty secret', { 'x-gitlab-token': '' }],
    ['the secret as a signature', { 'x-hub-signature-256': secret }],
    ['one right and one wrong', { 'x-gitlab-token': secret, 'x-gitea-signature': hmac('of another') }],
  ])('is refused with %s', (_, headers) => {
    expect(isSigned(headers, body, secret)).toBe(false);
  });

  test('tells the branch when it is a push, and nothing else', () => {
    expect(pushedRef({ 'x-github-event': 'push' }, body)).toBe('refs/heads/main');
    expect(pushedRef({ 'x-gitlab-event': 'Push Hook' }, body)).toBe('refs/heads/main');
    expect(pushedRef({ 'x-github-event': 'ping' }, body)).toBeUndefined();
    expect(pushedRef({}, body)).toBeUndefined();
    for (const other of ['[]', 'null', '{"ref":1}']) {
      expect(pushedRef({ 'x-gitea-event': 'push' }, Buffer.from(other))).toBeUndefined();
    }
    expect(() => pushedRef({ 'x-gitea-event': 'push' }, Buffer.from('ref=main'))).toThrow(SyntaxError);
  });
});
