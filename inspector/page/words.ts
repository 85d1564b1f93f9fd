import type { Outcome, Progress } from '../../index.ts';
import type { ProjectState, StepState } from './run-model.ts';

/** `3.2 s`, `1 m 12 s`, `2 h 05 m`. */
export function durationText(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 0.0995) return `${Math.round(ms)} ms`;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} m ${String(whole % 60).padStart(2, '0')} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} m`;
}

export function timeText(at: number): string {
  return new Date(at).toLocaleTimeString(undefined, { hour12: false });
}

export function dateText(at: number): string {
  return new Date(at).toLocaleString(undefined, { hour12: false });
}

export function sizeText(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit] ?? ''}`;
}

export function countText(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}

/** One line for a person, as the terminal says it. */
export function outcomeText(outcome: Outcome): string {
  switch (outcome.type) {
    case 'succeeded':
      return outcome.byHand === true ? 'made by hand' : 'succeeded';
    case 'interrupted':
      return outcome.type;
    case 'failed':
      return outcome.message ?? `exit status ${outcome.exitCode}`;
    case 'killed':
      return `killed by ${outcome.signal}`;
    case 'timed-out':
      return `timed out after ${outcome.timeoutMs / 1000} s`;
    case 'limit-hit':
      return `limit of ${outcome.limit} hit: ${amountText(outcome.value, outcome.unit)} (peak ${amountText(outcome.peak, outcome.unit)})`;
    case 'refused':
      return `refused: ${outcome.message}`;
    case 'cancelled':
      return outcome.by === undefined ? 'cancelled' : `cancelled by ${outcome.by}`;
    default: {
      // An outcome that a newer contractor has recorded.
      const { type }: { readonly type: string } = outcome;
      return type;
    }
  }
}

/** Of limits, which are given in powers of 1024. */
export function amountText(amount: number, unit: string): string {
  if (unit === 'bytes') {
    const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
    const power = amount < 1024 ? 0 : Math.min(Math.floor(Math.log2(amount) / 10), units.length - 1);
    return `${Math.round((amount / 1024 ** power) * 10) / 10} ${units[power] ?? ''}`;
  }
  return unit === 'ms' ? durationText(amount) : `${amount} ${unit}`;
}

/** As `contractor plan` says it: a limit that counts has its unit in its name. */
export function limitText(limit: string, { value, unit }: { readonly value: number; readonly unit: string }): string {
  return `${limit} ${unit === 'bytes' || unit === 'ms' ? amountText(value, unit) : value}`;
}

/** `45 % unpacking libc6`; 100 % is said only of what is complete. */
export function progressText({ label, done, total }: Progress): string {
  if (done === undefined) return label;
  return total === undefined || total <= 0 ? `${done} ${label}` : `${percentOf(done, total)} % ${label}`;
}

function percentOf(done: number, total: number): number {
  return Math.floor(Math.min(1, Math.max(0, done / total)) * 100);
}

/** What mends it, where the outcome says so. */
export function adviceOf(outcome: Outcome): string | undefined {
  if (outcome.type === 'failed') return outcome.hint;
  return outcome.type === 'refused' ? outcome.mend : undefined;
}

/** A sign beside the colour, for who cannot tell colours apart. */
export function glyphOf(state: ProjectState | StepState): string {
  switch (state) {
    case 'built':
    case 'succeeded':
      return '✓';
    case 'failed':
      return '✕';
    case 'running':
      return '●';
    case 'retrying':
      return '↻';
    case 'cancelled':
    case 'interrupted':
      return '■';
    case 'paused':
      return '‖';
    case 'skipped':
      return '↷';
    case 'waiting':
      return '○';
  }
}
