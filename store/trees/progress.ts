/** Is told what was done since the last time. Called for every file: it must be quick. */
export type OnProgress = (done: { files: number; bytes: number }) => void;

/** A listener that reports the sums at most five times a second. */
export function rarely(report: (total: { files: number; bytes: number }) => void): OnProgress {
  const total = { files: 0, bytes: 0 };
  let last = performance.now();
  return ({ files, bytes }) => {
    total.files += files;
    total.bytes += bytes;
    const now = performance.now();
    if (now - last < 200) return;
    last = now;
    report({ ...total });
  };
}
