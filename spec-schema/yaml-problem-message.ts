import type { YAMLError } from 'yaml';
import type { ProblemCode } from './problem.ts';
import { cut, printable, quoted } from './printable-text.ts';

/** What the YAML library found, in our words where its own do not help the reader. */
export function yamlProblemMessage(error: YAMLError, text: string): { code: ProblemCode; message: string } {
  const [start, end] = error.pos;
  const there = quoted(text.slice(start, end));
  switch (error.code) {
    case 'TAG_RESOLVE_FAILED':
    case 'BAD_COLLECTION_TYPE':
      return { code: 'YAML_TAG', message: `the tag ${there} means nothing here; leave it out` };
    case 'RESOURCE_EXHAUSTION':
      return { code: 'NESTING_TOO_DEEP', message: 'the specification is nested too deeply' };
    case 'TAB_AS_INDENT':
      return syntax('a tab is no indentation in YAML; use spaces');
    case 'MULTIPLE_DOCS':
      return syntax('a second document begins here; a specification is one document');
    case 'NON_STRING_KEY':
      return syntax('a key must be a plain text, not an alias, a list or a mapping');
    case 'KEY_OVER_1024_CHARS':
      return syntax('a key may have at most 1024 characters');
    case 'BAD_DQ_ESCAPE':
      return syntax(
        `${quoted(text.slice(start, start + 2))} is no escape sequence of a text in double quotes; write \`\\\\\` for a backslash`,
      );
    case 'BAD_SCALAR_START':
      return syntax(`a text cannot begin with ${there} unless it is in quotes`);
    case 'BAD_DIRECTIVE':
      return syntax(`the directive ${there} is not known`);
    case 'BAD_ALIAS':
      return syntax('an anchor or alias needs a name, and the name cannot end in `:`');
    case 'ALIAS_PROPS':
      return syntax('an alias can have neither an anchor nor a tag');
    case 'BLOCK_AS_IMPLICIT_KEY':
      return syntax('a mapping cannot begin in the middle of a line; put a text that contains `: ` in quotes');
    case 'MULTILINE_IMPLICIT_KEY':
    case 'BAD_INDENT':
    case 'BAD_PROP_ORDER':
    case 'BLOCK_IN_FLOW':
    case 'DUPLICATE_KEY':
    case 'IMPOSSIBLE':
    case 'MISSING_CHAR':
    case 'MULTIPLE_ANCHORS':
    case 'MULTIPLE_TAGS':
    case 'UNEXPECTED_TOKEN':
      return syntax(inOurStyle(error.message));
  }
}

function syntax(message: string): { code: ProblemCode; message: string } {
  return { code: 'YAML_SYNTAX', message };
}

/** The library's sentence as ours are: no capital, on one line, cut if it quotes the text at length. */
function inOurStyle(message: string): string {
  const unclosed = /^Missing closing ["'](?:double |single )?quote/.test(message);
  if (unclosed) return 'a text in quotes is never closed';
  const sentence = cut(printable(message.replace(/\s+/g, ' ')), 200);
  return `not valid YAML: ${sentence.slice(0, 1).toLowerCase()}${sentence.slice(1)}`;
}
