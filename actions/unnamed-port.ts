/**
 * The port that a tool was sent on to, by a redirect for example, and that neither its address nor a proxy names: where
 * the kernel has Landlock, it reaches no such port. Undefined when its log tells of none.
 *
 * curl tells the port and no reason; apt and wget tell of those alone that were forbidden.
 */
export function unnamedPort(log: string, ports: readonly number[]): number | undefined {
  const told = [
    ...log.matchAll(/Failed to connect to \S+ port (\d{1,5})\b/g),
    ...log.matchAll(/connect to \S+:(\d{1,5}) [^\n]*Permission denied/g),
    ...log.matchAll(/Connecting to [^\n]*:(\d{1,5})\.\.\. failed: Permission denied/g),
  ];
  return told.map(([, port]) => Number(port)).find((port) => !ports.includes(port));
}

/** What to do then. `key` is the parameter of the step that names the address. */
export function unnamedPortHint(port: number, { key, ports }: { key: string; ports: readonly number[] }): string {
  return (
    `The server was asked for, or sent on to, port ${port}. Where the kernel has Landlock, only the ports ${ports.join(', ')} are reached: ` +
    `the usual ones, and those that \`${key}\` and the proxies name. If it is right, write the address that it leads to as \`${key}\`.`
  );
}
