import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** Headers with the HMAC-SHA256 of the body in hex: of GitHub, which writes `sha256=` before it, and of Gitea and Forgejo. */
const SIGNED = ['x-hub-signature-256', 'x-gitea-signature', 'x-forgejo-signature'] as const;

/** Headers with the secret itself: of GitLab. */
const SECRET = 'x-gitlab-token';

/** What names the event, by the server. */
const EVENT = ['x-github-event', 'x-gitea-event', 'x-forgejo-event', 'x-gitlab-event'] as const;

/**
 * Whether a git server that knows the secret has sent this body. All that claim it have to be right, and one has to be there.
 *
 * A delivery that was listened to can be sent again. That does no harm: it only has the controller look at the branch.
 */
export function isSigned(headers: IncomingHttpHeaders, body: Buffer, secret: string): boolean {
  const expected = createHmac('sha256', secret).update(body).digest('hex');
  const signatures = SIGNED.flatMap((name) => headers[name] ?? []);
  const secrets = [headers[SECRET] ?? []].flat();
  const checked = [
    ...signatures.map((given) => isSame(given.replace(/^sha256=/, ''), expected)),
    ...secrets.map((given) => isSame(given, secret)),
  ];
  return checked.length > 0 && !checked.includes(false);
}

/** The full name of the branch that was pushed to; undefined for an event of another kind. */
export function pushedRef(headers: IncomingHttpHeaders, body: Buffer): string | undefined {
  const event = EVENT.flatMap((name) => headers[name] ?? [])[0];
  if (event !== 'push' && event !== 'Push Hook') return undefined;
  const told = JSON.parse(body.toString('utf8')) as unknown;
  if (typeof told !== 'object' || told === null || !('ref' in told)) return undefined;
  return typeof told.ref === 'string' ? told.ref : undefined;
}

/** In a time that does not tell where they differ, nor how long the right one is. */
export function isSame(a: string, b: string): boolean {
  return timingSafeEqual(hash('sha256', a, 'buffer'), hash('sha256', b, 'buffer'));
}
