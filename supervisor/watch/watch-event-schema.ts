import type { JsonObject } from '../../spec-schema/build-spec.ts';
import {
  buildEventSchema,
  cause,
  count,
  duration,
  eventSchemas,
  listOf,
  oneOf,
  record,
  text,
  time,
} from '../build-event-schema.ts';
import type { Shape } from '../build-event-schema.ts';
import type { BuildEvent } from '../build-event.ts';
import type { WatchEvent } from './watch.ts';

type OwnEvent = Exclude<WatchEvent, BuildEvent>;

const names = listOf(text);

const EVENTS: { readonly [Type in OwnEvent['type']]: Shape<Extract<OwnEvent, { readonly type: Type }>> } = {
  watching: {
    about: 'What is watched, whenever that is another than before.',
    required: { at: time, projects: names, paths: names, asked: names, pollMs: duration },
    optional: { file: text },
  },
  'change-noticed': {
    about: 'Something may be another than before; `more` counts the changes that are not named.',
    required: {
      at: time,
      changes: listOf(
        record({ of: oneOf('specification', 'file', 'repository', 'artifact', 'outside', 'request'), name: text }),
      ),
      more: count,
    },
    optional: {},
  },
  'build-needed': {
    about: 'A build begins, because of that.',
    required: { at: time, because: listOf(record({ project: text, step: text, cause })) },
    optional: {},
  },
  'watch-idle': {
    about: 'There is nothing to build until something changes.',
    required: { at: time, current: names, failed: names, held: names },
    optional: {},
  },
  'build-restarted': {
    about: 'The build that runs is cancelled, as something changed that it is made of.',
    required: { at: time, run: text },
    optional: {},
  },
  'watch-refused': {
    about: 'The specification cannot be built as it is.',
    required: { at: time, code: text, message: text, mend: text },
    optional: { problems: listOf(record({ code: text, message: text })) },
  },
  'watch-limited': {
    about: 'The kernel does not tell of all changes of these paths; none: it does again.',
    required: { at: time, paths: names, because: text, everyMs: duration },
    optional: {},
  },
  'asking-failed': {
    about: 'Other hosts do not say what they are asked; none: they do again.',
    required: { at: time, asked: names },
    optional: {},
  },
};

/** The JSON Schema (draft 2020-12) of one event of a watch: those of builds, and its own. */
export const watchEventSchema: JsonObject = {
  ...buildEventSchema,
  title: 'An event of a watch',
  oneOf: [...(buildEventSchema['oneOf'] as readonly JsonObject[]), ...eventSchemas(EVENTS)],
};
