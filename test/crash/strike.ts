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

/** Whom a blow has met. */
export interface Met {
  /** Of a blow for one keeper, which it was. */
  readonly keeper?: string;
}

/** Strikes; undefined when there was nobody to strike. */
export function strike(victim: OuterVictim, { store, top, supervisor }: Target, dice: Dice): Met | undefined {
  switch (victim) {
    case 'supervisor':
      return kill(some(supervisor())) > 0 ? {} : undefined;
    case 'keeper-guardian':
    case 'keeper-inner':
    case 'keeper-both':
      return strikeKeeper(store, victim, dice);
    case 'worker': {
      const seen = supervisor();
      const workers = seen === undefined ? [] : workersOf(seen);
      return workers.length > 0 && kill([dice.pick(workers)]) > 0 ? {} : undefined;
    }
    case 'supervisor-then-keeper':
    case 'keeper-then-supervisor': {
      const keepers = keepersOf(store).flatMap(({ guardian, inner }) => dice.shuffled([...some(guardian), inner]));
      const both =
        victim === 'supervisor-then-keeper' ? [...some(supervisor()), ...keepers] : [...keepers, ...some(supervisor())];
      return kill(both) > 0 ? {} : undefined;
    }
    case 'session':
    case 'power-cut': {
      let killed = 0;
      // Whoever was killed last may have started another one first.
      for (let left = processesOf(top); left.length > 0; left = processesOf(top)) killed += kill(dice.shuffled(left));
      return killed > 0 ? {} : undefined;
    }
  }
}

function strikeKeeper(store: string, victim: OuterVictim, dice: Dice): Met | undefined {
  const keepers = keepersOf(store);
  if (keepers.length === 0) return undefined;
  const { id, guardian, inner } = dice.pick(keepers);
  const both = dice.shuffled([...some(guardian), inner]);
  const killed = kill(victim === 'keeper-guardian' ? some(guardian) : victim === 'keeper-inner' ? [inner] : both);
  return killed > 0 ? { keeper: id } : undefined;
}

function some<Item>(item: Item | undefined): Item[] {
  return item === undefined ? [] : [item];
}
