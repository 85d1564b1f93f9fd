import { open } from 'node:fs/promises';

/**
 * Calls `onLine` for each whole line that is added to a growing file, until
 * `signal` is aborted. Looks four times a second: it is for a person to watch.
 */
export async function followLines(path: string, onLine: (line: string) => void, signal: AbortSignal): Promise<void> {
  let position = 0;
  let rest = '';
  const buffer = Buffer.alloc(64 * 1024);
  while (!signal.aborted) {
    const file = await open(path, 'r').catch(() => undefined);
    if (file !== undefined) {
      try {
        for (;;) {
          const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
          if (bytesRead === 0) break;
          position += bytesRead;
          const lines = (rest + buffer.toString('latin1', 0, bytesRead)).split('\n');
          rest = (lines.pop() ?? '').slice(-64 * 1024);
          for (const line of lines) onLine(line);
        }
      } finally {
        await file.close();
      }
    }
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, 250);
      signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
    });
  }
}
