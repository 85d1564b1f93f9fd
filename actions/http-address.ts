/**
 * What an http or https address may be: a host, perhaps a port, a path. No name and password, as all of it is shown in
 * plans and logs; nothing that a shell, a line of apt's sources or a tool's command line could take for more than one word.
 */
export const HTTP_ADDRESS_PATTERN: string = String.raw`https?://[A-Za-z0-9\[][A-Za-z0-9.:\[\]_-]*(?:/[^\s"#\\\p{Cc}\p{Cf}\p{Cs}\p{Z}]*)?`;

/** That, in words after "must be". */
export const HTTP_ADDRESS_WORDS = 'an `http://` or `https://` address without a name and password';
