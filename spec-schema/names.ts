import type { JsonObject } from './build-spec.ts';

/**
 * What projects, artifacts and containers may be called. A name becomes a
 * directory, an argument and a line on a terminal, so it can be no path, no
 * option and no control sequence.
 */
export const NAME_PATTERN = '^[A-Za-z0-9][A-Za-z0-9._+-]{0,99}$';

/**
 * A path that stays below where it begins: relative, without `..`, and neither
 * an option nor a control sequence. What it is resolved against is the user's
 * business; symbolic links on the way are the resolver's.
 */
export const RELATIVE_PATH_PATTERN =
  '^(?![-/])(?!(?:[^/]*/)*\\.\\.(?:/|$))[^\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}]{1,1000}$';

/** One line of text that shows as what it is. */
export const LINE_PATTERN = '^[^\\p{Cc}\\p{Cs}\\p{Zl}\\p{Zp}]*$';

/** Text with line breaks and tabs, and no other control character. */
export const MULTI_LINE_PATTERN = '^[^\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\ud800-\\udfff]*$';

// `patternErrorMessage` is the keyword by which editors show words instead of
// a regular expression. Our own problems use the same words: "`suite` must be …".

/** The schema of a parameter that is a name. */
export function nameSchema(description: string): JsonObject {
  return {
    description,
    type: 'string',
    pattern: NAME_PATTERN,
    patternErrorMessage:
      'must be a name: a letter or digit, then at most 99 more letters, digits, dots, underscores, pluses or hyphens',
  };
}

/** The same of an artifact that is made: some names contractor keeps for itself. */
export function madeArtifactSchema(description: string): JsonObject {
  return {
    description,
    type: 'string',
    pattern: `^(?!checkpoint\\+)${NAME_PATTERN.slice(1)}`,
    patternErrorMessage:
      'must be a name: a letter or digit, then at most 99 more letters, digits, dots, underscores, pluses or hyphens; names that begin with `checkpoint+` are those of contractor itself',
  };
}

/** The schema of a parameter that is a path inside the workspace. */
export function relativePathSchema(description: string): JsonObject {
  return {
    description,
    type: 'string',
    pattern: RELATIVE_PATH_PATTERN,
    patternErrorMessage:
      'must be a relative path: not empty, without `..`, not beginning with `/` or `-`, without control characters',
  };
}

/** The schema of a parameter that is one line of text. Any string without a pattern of its own gets this one. */
export function lineSchema(description: string): JsonObject {
  return { description, type: 'string', ...LINE_RULE };
}

/** The schema of a parameter that may have several lines, as a script does. */
export function multiLineSchema(description: string): JsonObject {
  return {
    description,
    type: 'string',
    pattern: MULTI_LINE_PATTERN,
    patternErrorMessage: 'must be text without control characters other than line breaks and tabs',
  };
}

/** What makes a string schema that of one line. */
export const LINE_RULE: JsonObject = {
  pattern: LINE_PATTERN,
  patternErrorMessage: 'must be one line of text, without control characters',
};
