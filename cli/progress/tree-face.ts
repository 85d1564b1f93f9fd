import { rowText, type Row } from '../text/row.ts';
import { beginningRows } from './beginning-rows.ts';
import { closingRows, failureRows, publishedRow } from './closing-rows.ts';
import type { Face, FaceOptions } from './face.ts';
import { finalRows } from './final-rows.ts';
import { liveArea } from './live-area.ts';
import { logTail } from './log-tail.ts';
import { applyEvent, createRunView, isAllCurrent, noteDurations, type ProjectView, type StepView } from './run-view.ts';
import { treeFrame } from './tree-frame.ts';
import { treeWidth } from './tree-width.ts';
import type { BuildEvent } from '../../index.ts';

/**
 * The live tree of a terminal. It draws at ticks only, so a flood of events
 * costs no drawing; at the end it leaves the whole tree, each failure with its
 * last lines, what was published, and a sentence.
 */
export function treeFace(options: FaceOptions): Face {
  const { output, paint, glyphs, now } = options;
  const view = createRunView();
  const area = liveArea(output);
  const endedSteps: Extract<BuildEvent, { type: 'step-ended' }>[] = [];
  const logFiles = new Map<string, string>();
  const notices: string[] = [];

  const logLines = (project: ProjectView, step: StepView, count: number): readonly string[] => {
    const key = `${project.name}/${step.id}/${step.attempt}`;
    const path =
      logFiles.get(key) ??
      options.logFile({ run: view.run, project: project.name, step: step.id, attempt: step.attempt });
    if (path === undefined) return [];
    logFiles.set(key, path);
    return logTail(path, count);
  };
  const write = (rows: readonly Row[], width = Infinity): void => {
    for (const row of rows) output.write(`${rowText(row, { width, paint })}\n`);
  };
  const writeApart = (rows: readonly Row[]): void => write(rows.length === 0 ? [] : [{ left: [] }, ...rows]);
  const columns = (): number => output.columns ?? 80;

  return {
    handle(event) {
      const begins = view.run === '';
      applyEvent(view, event);
      if (isAllCurrent(view)) {
        if (event.type === 'run-started') write(beginningRows(event, options.command));
        return;
      }
      if (event.type === 'run-started' && begins) write([{ left: [['faint', `run ${event.run}  ${event.specName}`]] }]);
      if (event.type === 'run-started') {
        noteDurations(view, options.lastDurations(event.run));
        write(beginningRows(event, options.command));
      }
      if (event.type === 'step-ended') endedSteps.push(event);
    },
    tick() {
      if (isAllCurrent(view)) return;
      const size = { columns: columns(), rows: (output.rows ?? 24) - notices.length };
      const frame = treeFrame({ view, ...size, now: now(), paint, glyphs, logTail: logLines });
      const said = notices.map((text) => rowText({ left: [['warning', text]] }, { width: columns() - 1, paint }));
      area.draw([...frame, ...said]);
    },
    notice(text) {
      notices.push(text);
      this.tick?.();
    },
    end() {
      area.clear();
      const width = treeWidth(output);
      if (isAllCurrent(view)) {
        write([...view.published.map(publishedRow), ...closingRows(view, options)]);
        return;
      }
      write(finalRows(view, { glyphs, now: now(), width }), width);
      for (const ended of endedSteps) writeApart(failureRows(view, ended, options));
      writeApart(view.published.map(publishedRow));
      writeApart(closingRows(view, options));
    },
  };
}
