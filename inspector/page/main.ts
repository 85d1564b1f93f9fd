import { App } from './app.ts';
import { inlinedSource } from './inlined-source.ts';
import { servedSource } from './served-source.ts';
import { showShell } from './shell.ts';

inlinedSource().then(
  (report) => showShell(new App(report ?? servedSource)),
  (error: unknown) => document.body.append(`This report cannot be read: ${String(error)}`),
);
