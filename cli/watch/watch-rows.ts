import { relative } from 'node:path';
import { causeText, type Change, type WatchEvent } from '../../index.ts';
import { countText } from '../text/count-text.ts';
import { durationText } from '../text/duration-text.ts';
import type { Tone } from '../text/paint.ts';
import type { Row } from '../text/row.ts';

/** More names than these on one line tell a person nothing. */
const MOST_NAMES = 3;
/** More projects than these are counted. */
const MOST_CAUSES = 8;

/**
 * What a person is told of an event of a watch that is none of a build, with the time of day before it; nothing for
 * those of builds, and for problems of a specification, which are shown as `validate` does.
 */
export function watchRows(event: WatchEvent, directory: string): readonly Row[] {
  const said = (tone: Tone, text: string): readonly Row[] => [
    {
      left: [
        ['faint', `${new Date(event.at).toTimeString().slice(0, 8)} `],
        [tone, text],
      ],
    },
  ];
  const path = (each: string): string => pathText(each, directory);
  switch (event.type) {
    case 'watching': {
      const asked = event.asked.map((each) => `asking every ${durationText(event.pollMs)} for ${each}`);
      const watched = [...(event.file === undefined ? [] : [event.file]), ...event.paths].map(path);
      const what = `${countText(event.projects.length, 'project')}: ${cut(watched)}`;
      return [
        ...said('plain', `watching ${what}`),
        ...asked.slice(0, MOST_CAUSES).map((text): Row => ({ left: [['faint', `         ${text}`]] })),
      ];
    }
    case 'change-noticed': {
      const { changes, more } = event;
      if (changes.every((change) => change.of === 'request')) return said('plain', 'looking again');
      return said(
        'plain',
        `changed: ${cut(
          changes.map((change) => changeText(change, path)),
          more,
        )}`,
      );
    }
    case 'build-needed':
      return [
        ...event.because
          .slice(0, MOST_CAUSES)
          .flatMap(({ project, step, cause }) => said('strong', `${project} is built at ${step}: ${causeText(cause)}`)),
        ...(event.because.length > MOST_CAUSES ? said('plain', `and ${event.because.length - MOST_CAUSES} more`) : []),
      ];
    case 'build-restarted':
      return said('warning', RESTARTED);
    case 'watch-idle': {
      const { current, failed, held } = event;
      if (failed.length === 0 && held.length === 0) {
        return said('good', `up to date: ${countText(current.length, 'project')}. Waiting for changes.`);
      }
      const waits = held.length === 0 ? '' : `; ${cut(held)} ${held.length === 1 ? 'waits' : 'wait'} for that`;
      return said('bad', `failed: ${cut(failed)}${waits}. Waiting for changes.`);
    }
    case 'watch-limited': {
      const { paths, because, everyMs } = event;
      if (paths.length === 0) return said('plain', 'the kernel tells of all changes again');
      return [
        ...said('warning', `the kernel takes no more watches (${because}): ${cut(paths.map(path))}`),
        { left: [['warning', `         looked at every ${durationText(everyMs)} instead; ${limitAdvice(because)}`]] },
      ];
    }
    case 'asking-failed':
      return event.asked.length === 0
        ? said('plain', 'other hosts answer again')
        : said('warning', `nobody says what is ${cut(event.asked)}: what was said before holds`);
    case 'watch-refused':
      return said('bad', 'this cannot be built. Waiting for changes.');
    default:
      return [];
  }
}

export const RESTARTED = 'what it is made of has changed: the build begins anew';

/** What allows more, by the code that the kernel refused with: it had no watch left, or no instance. */
function limitAdvice(because: string): string {
  const setting = because === 'EMFILE' ? 'max_user_instances=1024' : 'max_user_watches=524288';
  return `\`sysctl fs.inotify.${setting}\` allows more`;
}

function changeText({ of, name }: Change, path: (name: string) => string): string {
  switch (of) {
    case 'specification':
    case 'file':
      return path(name);
    case 'repository':
      return `repository ${path(name)}`;
    case 'artifact':
      return `artifact ${name}`;
    default:
      return name;
  }
}

/** From where the user is, as far as that is shorter. */
function pathText(path: string, directory: string): string {
  const own = relative(directory, path) || '.';
  return own.startsWith('../../') ? path : own;
}

function cut(names: readonly string[], more = 0): string {
  const left = names.length - MOST_NAMES + more;
  return left > 0 ? `${names.slice(0, MOST_NAMES).join(', ')} and ${left} more` : names.join(', ');
}
