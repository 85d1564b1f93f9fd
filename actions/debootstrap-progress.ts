import type { Progress } from './action.ts';
import { ALL_FETCHED } from './debootstrap-script.ts';

/**
 * How far (mm)debootstrap is, from what it says. Fed line by line; pure but for
 * what it has counted.
 *
 * apt says how many packages it will install, dpkg names each one twice:
 * `Unpacking libc6:amd64 (2.41-1) ...`, `Setting up libc6:amd64 (2.41-1) ...`.
 * Each is one of the units that are counted.
 */
export class DebootstrapProgress {
  #done = 0;
  #packages = 0;
  #isFetched = false;

  /** The progress after a line, when the line changed it. */
  after(line: string): Progress | undefined {
    if (line === ALL_FETCHED) this.#isFetched = true;
    // The second half announces again what the first has fetched.
    const announced = this.#isFetched ? undefined : /(?:^|, )(\d+) newly installed/.exec(line)?.[1];
    if (announced !== undefined) {
      this.#packages += Number(announced);
      return this.#progress('downloading packages');
    }
    const step = /^(?:I: )?(Unpacking|Setting up|Extracting|Configuring) ([a-z0-9][a-z0-9.+-]*)/.exec(line);
    if (step !== null) {
      this.#done += 1;
      return this.#progress(`${WORDS[step[1] ?? ''] ?? ''} ${step[2] ?? ''}`);
    }
    const fetched = /^Get:\d+ \S+ \S+ \S+ (\S+)/.exec(line) ?? /^I: Retrieving (\S+)/.exec(line);
    if (fetched !== null) return this.#progress(`downloading ${fetched[1] ?? ''}`);
    const stage = /^I: (running apt-get update|extracting archives|installing essential|cleaning)/.exec(line)?.[1];
    return stage === undefined ? undefined : this.#progress(stage);
  }

  #progress(label: string): Progress {
    if (this.#packages === 0) return { label };
    return { label, done: Math.min(this.#done, 2 * this.#packages), total: 2 * this.#packages };
  }
}

const WORDS: Readonly<Record<string, string>> = {
  Unpacking: 'unpacking',
  Extracting: 'unpacking',
  'Setting up': 'setting up',
  Configuring: 'setting up',
};
