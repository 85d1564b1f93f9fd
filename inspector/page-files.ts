import { existsSync, readFileSync } from 'node:fs';

/** What the page is made of, as text. */
export interface PageFiles {
  readonly html: string;
  readonly css: string;
  readonly script: string;
}

/**
 * The files of the page. The package ships its script as one file; in a checkout
 * there is none, and it is put together when it is asked for.
 */
export async function pageFiles(): Promise<PageFiles> {
  const script = new URL('../inspector/page/page.js', import.meta.url);
  return {
    html: readFileSync(new URL('../inspector/page/page.html', import.meta.url), 'utf8'),
    css: readFileSync(new URL('../inspector/page/page.css', import.meta.url), 'utf8'),
    script: existsSync(script) ? readFileSync(script, 'utf8') : await bundled(),
  };
}

async function bundled(): Promise<string> {
  const { bundlePage } = await import('./bundle-page.ts');
  return await bundlePage();
}
