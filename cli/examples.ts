/** The end of a help text: command lines, and what each does. */
export function examples(lines: readonly (readonly [commandLine: string, effect: string])[]): string {
  const width = Math.max(...lines.map(([commandLine]) => commandLine.length));
  return ['', 'Examples:', ...lines.map(([line, effect]) => `  ${line.padEnd(width)}  ${effect}`)].join('\n');
}
