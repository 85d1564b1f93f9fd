import { expect, test } from 'vitest';
import { StepSlots } from '../../supervisor/step-slots.ts';

/** Takes slots for steps, named after their runs, and writes down which were given, in order. */
function taker(most: number) {
  const slots = new StepSlots(most);
  const given: string[] = [];
  const ends = new Map<string, () => void>();
  return {
    slots,
    given,
    take: (step: string, signal = new AbortController().signal): void => {
      void slots.take(step.slice(0, 1), signal).then((slot) => {
        given.push(step);
        ends.set(step, () => slot[Symbol.dispose]());
      });
    },
    end: async (step: string): Promise<void> => {
      ends.get(step)?.();
      await new Promise(setImmediate);
    },
  };
}
const settled = async (): Promise<void> => await new Promise(setImmediate);

test('[A-234] no more steps run at once than there are slots, and each that waits runs in its turn', async () => {
  const { take, given, end } = taker(2);
  for (const step of ['a1', 'a2', 'a3', 'a4']) take(step);
  await settled();
  expect(given).toEqual(['a1', 'a2']);
  await end('a2');
  expect(given).toEqual(['a1', 'a2', 'a3']);
  await end('a1');
  expect(given).toEqual(['a1', 'a2', 'a3', 'a4']);
});

test('[A-234] a free slot goes to the run that has the fewest steps running, then to who waits for longest', async () => {
  const { take, given, end } = taker(3);
  for (const step of ['a1', 'a2', 'a3', 'a4', 'a5', 'b1', 'b2', 'c1']) take(step);
  await settled();
  await end('a1');
  await end('a2');
  expect(given.slice(3)).toEqual(['b1', 'c1']);
  await end('a3');
  expect(given.slice(5)).toEqual(['a4']);
  await end('b1');
  expect(given.slice(6)).toEqual(['b2']);
});

test('[A-234] a step that is not to begin any more leaves the queue, and takes no slot', async () => {
  const { take, given, end } = taker(1);
  const cancelled = new AbortController();
  take('a1');
  take('b1', cancelled.signal);
  take('c1');
  await settled();
  cancelled.abort();
  await settled();
  expect(given).toEqual(['a1', 'b1']);
  await end('b1');
  expect(given).toHaveLength(2);
  await end('a1');
  expect(given).toEqual(['a1', 'b1', 'c1']);
  const aborted = AbortSignal.abort();
  take('d1', aborted);
  await settled();
  await end('d1');
  take('e1');
  await settled();
  expect(given).toEqual(['a1', 'b1', 'c1', 'd1']);
});

test('[A-234] a step that an earlier process began waits for no slot, and counts', async () => {
  const { slots, take, given, end } = taker(1);
  take('a1');
  await settled();
  const adopted = slots.occupy('b');
  take('c1');
  await end('a1');
  expect(given).toEqual(['a1']);
  adopted[Symbol.dispose]();
  await settled();
  expect(given).toEqual(['a1', 'c1']);
});
