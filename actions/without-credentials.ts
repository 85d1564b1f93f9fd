/** An address without the name and password that may stand in it: it is handed on with an artifact. */
export function withoutCredentials(url: string): string {
  return url.replace(/^([a-z+.-]+:\/\/)[^/]*@/i, '$1');
}
