import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readdirSync, realpathSync, rmSync, rmdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of 48 MiB, which only root can make. */
export interface SmallDisk {
  readonly directory: string;
  /** Until nothing more can be written, by anybody. */
  fill(): void;
  /** Until no file can be made; what is there can be written. */
  fillWithFiles(): void;
  makeRoom(): void;
  remount(option: 'ro' | 'rw'): void;
  remove(): void;
}

export function mountSmallDisk(): SmallDisk {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'contractor-disk-')));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=48m,nr_inodes=4k', 'tmpfs', directory]);
  return {
    directory,
    fill() {
      untilFull(() => appendFileSync(join(directory, 'filler'), Buffer.alloc(1 << 20)));
      untilFull(() => appendFileSync(join(directory, 'filler'), Buffer.alloc(1 << 12)));
      let count = 0;
      untilFull(() => writeFileSync(join(directory, `filler-${count++}`), 'x'));
    },
    fillWithFiles() {
      let count = 0;
      untilFull(() => writeFileSync(join(directory, `filler-${count++}`), ''));
    },
    makeRoom() {
      for (const name of readdirSync(directory)) if (name.startsWith('filler')) rmSync(join(directory, name));
    },
    remount(option) {
      execFileSync('mount', ['-o', `remount,${option}`, directory]);
    },
    remove() {
      // A keeper that has just been ended may hold it for another moment.
      execFileSync('umount', ['--lazy', directory]);
      rmdirSync(directory);
    },
  };
}

function untilFull(write: () => void): void {
  for (;;) {
    try {
      write();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return;
      throw error;
    }
  }
}
