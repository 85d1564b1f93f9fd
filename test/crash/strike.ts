import type { OuterVictim } from './blow.ts';
import type { Dice } from './dice.ts';
import { keepersOf, kill, processesOf, workersOf } from './processes.ts';
import type { SeenProcess } from './processes.ts';

/** Whom a blow from outside may meet. */
export interface Target {
  readonly store: string;
  /** The directory that every process of the session names: see {@link processesOf}. */
  readonly top: string;
  readonly supervisor: () => SeenProcess | undefined;
}

/** Strikes; false when there was nobody to strike. */
export function strike(victim: OuterVictim, { store, top, supervisor }: Target, dice: Dice): boolean {
  switch (victim) {
    case 'supervisor':
      return kill(some(supervisor())) > 0;
    case 'keeper-guardian':
    case 'keeper-inner':
    case 'keeper-both':
      return kill(keeperProcesses(store, victim, dice)) > 0;
    case 'worker': {
      const seen = supervisor();
      const workers = seen === undefined ? [] : workersOf(seen);
      return workers.length > 0 && kill([dice.pick(workers)]) > 0;
    }
    case 'supervisor-then-keeper':
    case 'keeper-then-supervisor': {
      const keepers = keepersOf(store).flatMap(({ guardian, inner }) => dice.shuffled([...some(guardian), inner]));
      const both =
        victim === 'supervisor-then-keeper' ? [...some(supervisor()), ...keepers] : [...keepers, ...some(supervisor())];
      return kill(both) > 0;
    }
    case 'session':
    case 'power-cut': {
      let killed = 0;
      // Whoever was killed last may have started another one first.
      for (let left = processesOf(top); left.length > 0; left = processesOf(top)) killed += kill(dice.shuffled(left));
      return killed > 0;
    }
  }
}

function keeperProcesses(store: string, victim: OuterVictim, dice: Dice): SeenProcess[] {
  const keepers = keepersOf(store);
  if (keepers.length === 0) return [];
  const { guardian, inner } = dice.pick(keepers);
  if (victim === 'keeper-guardian') return some(guardian);
  return victim === 'keeper-inner' ? [inner] : dice.shuffled([...some(guardian), inner]);
}

function some<Item>(item: Item | undefined): Item[] {
  return item === undefined ? [] : [item];
}
