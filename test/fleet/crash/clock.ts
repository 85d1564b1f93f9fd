import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const LIBRARIES = '/usr/lib';

/** Debian's libfaketime, which tells programs another time of day; undefined where it is not. The kernel has no time of day for each namespace. */
export function findFakeTime(): string | undefined {
  return readdirSync(LIBRARIES)
    .map((name) => join(LIBRARIES, name, 'faketime/libfaketimeMT.so.1'))
    .find((path) => existsSync(path));
}

/** The clock of one worker, which can be wrong and be set while it runs. Its timers go on as they are. */
export interface Clock {
  readonly env: Readonly<Record<string, string>>;
  set(seconds: number): void;
}

export function clockIn(file: string): Clock | undefined {
  const library = findFakeTime();
  if (library === undefined) return undefined;
  const set = (seconds: number): void => writeFileSync(file, `${seconds < 0 ? '' : '+'}${seconds}\n`);
  set(0);
  return {
    env: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_CACHE_DURATION: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      NO_FAKE_STAT: '1',
    },
    set,
  };
}
