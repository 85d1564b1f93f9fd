/**
 * The words that a sandbox was made with, as a receipt may show them: of the proxies, which come from the environment of
 * the user and not from the specification, without the names and passwords in their addresses.
 */
export function shownArgv(argv: readonly string[]): readonly string[] {
  return argv.map((word, index) =>
    argv[index - 2] === '--setenv' && /_proxy$/i.test(argv[index - 1] ?? '')
      ? word.replace(/^([a-z0-9+.-]+:\/\/)?[^/]*@/i, '$1')
      : word,
  );
}
