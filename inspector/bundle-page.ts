import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';

/** The page's script as one file. Needs the packages of a checkout; the package ships the result instead of this. */
export async function bundlePage(): Promise<string> {
  const { output } = await build({
    input: fileURLToPath(new URL('page/main.ts', import.meta.url)),
    platform: 'browser',
    logLevel: 'warn',
    write: false,
    output: { format: 'iife', minify: true },
  });
  return output[0].code;
}
