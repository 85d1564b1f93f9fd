const UNITS = ['kB', 'MB', 'GB', 'TB', 'PB'];

/** A size with three digits at most, in powers of 1000: `0 B`, `1.2 MB`, `340 MB`. */
export function sizeText(sizeBytes: number): string {
  if (sizeBytes < 1000) return `${sizeBytes} B`;
  let value = sizeBytes;
  let unit = 'B';
  for (const next of UNITS) {
    // 999.5 kB would be rounded to 1000 kB.
    if (value < 999.5) break;
    value /= 1000;
    unit = next;
  }
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${unit}`;
}
