import { INDEX_COMPLAINT } from './artifact-packages.ts';
import type { Bootstrap } from './debootstrap-argv.ts';
import { LOCK_COMPLAINT } from './package-lock.ts';
import { isTemporaryOfBootstrap } from './temporary-failure.ts';

/** What a person should know of a failure, by the end of its log. */
export function hintForBootstrap(
  tail: string,
  { suite, mirror }: Pick<Bootstrap, 'suite' | 'mirror'>,
): string | undefined {
  const complaint = new RegExp(`^${INDEX_COMPLAINT}(.*)$`, 'm').exec(tail)?.[1];
  if (complaint !== undefined) return `The packages of an artifact cannot be taken: ${complaint}.`;
  const [unlocked, ...more] = [...tail.matchAll(new RegExp(`^${LOCK_COMPLAINT}(.*)$`, 'gm'))].map(([, what]) => what);
  if (unlocked !== undefined) {
    const others = more.length === 0 ? '' : `, and ${more.length} more`;
    return `What is locked cannot be installed: ${unlocked}${others}. Take a mirror that keeps old versions, such as a snapshot; or build with \`--no-lock\` and lock anew.`;
  }
  const key = /NO_PUBKEY ([0-9A-F]+)/.exec(tail)?.[1];
  if (
    key !== undefined ||
    /(keyring|signature).*(not found|invalid|unknown)|is not signed|Unable to locate.*keyring/i.test(tail)
  ) {
    return `This host has no key for \`${suite}\`${key === undefined ? '' : ` (${key})`}: install debian-archive-keyring or ubuntu-keyring, whichever distribution it is of.`;
  }
  if (/is expired|not valid yet/.test(tail)) return "The mirror is out of date, or this host's clock is wrong.";
  const missing = /Unable to locate package (\S+)/.exec(tail)?.[1] ?? /Couldn't find these debs: (.+)/.exec(tail)?.[1];
  if (missing !== undefined) return `\`${suite}\` has no package \`${missing}\`.`;
  // wget also says 404 of files that debootstrap then finds by another name.
  if (/does not have a Release file|404 +Not Found/.test(tail) && !isTemporaryOfBootstrap(tail)) {
    return `The mirror ${mirror?.url ?? ''} has no suite \`${suite}\`; correct \`suite\`, or name a \`mirror\` that has it.`;
  }
  if (/Could not resolve|Failed to connect|Temporary failure|Connection (refused|timed out)/i.test(tail)) {
    return `The mirror ${mirror?.url ?? ''} could not be reached from this host.`;
  }
  return undefined;
}
