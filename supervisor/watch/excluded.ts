/**
 * Whether tar(1) leaves a path out by these patterns, as `copy-source` gives them to it: matched against each name and
 * against the path from the top, where `*` and `?` match a slash too. What it is not sure of, it says is not left out.
 */
export function excluded(patterns: readonly string[]): (path: string) => boolean {
  const expressions = patterns.flatMap((pattern) => {
    const source = expressionOf(pattern);
    return source === undefined ? [] : [new RegExp(`^(?:${source})$`, 's')];
  });
  return (path) => {
    if (expressions.length === 0) return false;
    const parts = ['.', ...path.split('/')];
    // Each ending of the path to it, and to what it lies in, that begins with a name.
    return parts.some((_, end) =>
      parts.slice(0, end + 1).some((_, start) => {
        const ending = parts.slice(start, end + 1).join('/');
        return end > 0 && expressions.some((expression) => expression.test(ending));
      }),
    );
  };
}

/** A shell pattern as a regular expression; undefined where it has what few patterns have. */
function expressionOf(pattern: string): string | undefined {
  let source = '';
  let length = 0;
  for (const [whole, any, one, escaped, set, plain = ''] of pattern.matchAll(
    /(\*+)|(\?)|\\(.)|(\[(?:[!^]?\]?)[^\]]*\])|([^*?\\])/gsu,
  )) {
    length += whole.length;
    if (any !== undefined) source += '.*';
    else if (one !== undefined) source += '.';
    else if (escaped !== undefined) source += literally(escaped);
    else if (set === undefined) source += literally(plain);
    else if (/^\[[!^]?[\w.-]+\]$/.test(set)) source += set.replace(/^\[!/, '[^');
    else return undefined;
  }
  return length === pattern.length && isExpression(source) ? source : undefined;
}

function literally(character: string): string {
  return character.replace(/[^\w\s]/u, '\\$&');
}

/** `[z-a]` is none. */
function isExpression(source: string): boolean {
  try {
    return new RegExp(source) instanceof RegExp;
  } catch {
    return false;
  }
}
