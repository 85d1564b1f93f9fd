/** TCP ports that every network tool may connect to: names, http, https. */
const USUAL = [53, 80, 443];

/** Those, and the ports that addresses in `texts` name: mirrors, proxies, lines of apt.conf(5). */
export function reachablePorts(texts: readonly string[]): number[] {
  const named = texts.flatMap((text) =>
    [...text.matchAll(/(?:\/\/|^)[^\s/"]*:(\d{1,5})(?=[/\s"]|$)/g)].map(([, port]) => Number(port)),
  );
  return [...new Set([...USUAL, ...named])].filter((port) => port > 0 && port < 65536);
}
