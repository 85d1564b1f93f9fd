import { ContractorError } from '../../../errors.ts';

/** What goes wrong at a call of the supervisor into its world. */
export const FAULT_TYPES = [
  /** The store says that it cannot be used; the next call works again. */
  'error',
  /** As `error`, and so at every call from there on, until somebody mends it. */
  'lasting-error',
  /** The supervisor is killed before the call has an effect, or when it had its effect and nobody heard of it. */
  'crash-before',
  'crash-after',
  /** All keepers are killed, with all that runs in them; or they and the supervisor at once. */
  'keepers-killed',
  'all-killed',
  /** The next worker for file trees is killed, and nothing else: so it looks to a supervisor that is killed a moment later. */
  'worker-killed',
  /** The next keeper whose step succeeds is killed after it has recorded that, before it seals the layer. */
  'keeper-killed-unsealed',
  /** The host loses power: records and layers since the last flush are gone. */
  'power-cut',
  /** … the records are there, but the layers that they name are torn. */
  'power-cut-torn-layers',
  /** … the layers are there, but no records of them. */
  'power-cut-old-records',
] as const;
/**
 * Two are none, but come as unexpected. `cancel`: another process asks for the run to be cancelled. `leave`: the program that
 * builds closes its supervisor and leaves what runs.
 */
export type FaultType = (typeof FAULT_TYPES)[number] | 'cancel' | 'leave';

export interface Fault {
  /** The number of the call, counted from 1 over all processes of the run. */
  readonly at: number;
  readonly type: FaultType;
  /** How long nobody comes back, after a crash. */
  readonly downMs?: number;
}

/** Thrown out of every call of a process that is dead: nothing that it does has an effect any more. */
export class Crash extends Error {}

export function storeRefusal(): ContractorError {
  return new ContractorError('STORE_UNUSABLE', 'The simulated disk is full.', 'Mend the simulation.');
}

/** What a call can do when something goes wrong with it. */
export interface FaultEffects {
  killKeepers(): void;
  killNextUnsealed(): void;
  requestCancel(): void;
  leave(): void;
}

/** One life of the supervisor: its calls into the world, each of which may be its last. */
export class SimulatedProcess {
  readonly #calls: string[];
  readonly #faults: readonly Fault[];
  readonly #effects: FaultEffects;
  #hasLastingError = false;
  #killsWorker = false;
  /** What killed it. */
  died: Fault | undefined;

  constructor({ calls, faults }: { calls: string[]; faults: readonly Fault[] }, effects: FaultEffects) {
    this.#calls = calls;
    this.#faults = faults;
    this.#effects = effects;
  }

  /** A call that ends at once. `mayFail`: it can refuse. */
  sync<Result>(name: string, effect: () => Result, { mayFail = false }: { mayFail?: boolean } = {}): Result {
    const fault = this.#before(name, mayFail);
    const result = effect();
    if (fault?.type === 'crash-after') this.#die(fault);
    return result;
  }

  /** A call that somebody waits for, who waits for ever when the process is dead. */
  async async<Result>(
    name: string,
    effect: () => Promise<Result> | Result,
    { mayFail = false }: { mayFail?: boolean } = {},
  ): Promise<Result> {
    try {
      const fault = this.#before(name, mayFail);
      const result = await effect();
      if (this.died !== undefined) throw new Crash();
      if (fault?.type === 'crash-after') this.#die(fault);
      return result;
    } catch (error) {
      if (error instanceof Crash) return await new Promise(() => undefined);
      throw error;
    }
  }

  /** Whether the worker that is about to end is killed instead. */
  killsWorker(): boolean {
    const kills = this.#killsWorker && this.died === undefined;
    this.#killsWorker = false;
    return kills;
  }

  #before(name: string, mayFail: boolean): Fault | undefined {
    if (this.died !== undefined) throw new Crash();
    this.#calls.push(name);
    const fault = this.#faults.find(({ at }) => at === this.#calls.length);
    switch (fault?.type) {
      case 'crash-after':
        break;
      case 'error':
        if (mayFail) throw storeRefusal();
        break;
      case 'lasting-error':
        this.#hasLastingError = true;
        break;
      case 'worker-killed':
        this.#killsWorker = true;
        break;
      case 'keepers-killed':
        this.#effects.killKeepers();
        break;
      case 'cancel':
        this.#effects.requestCancel();
        break;
      case 'leave':
        this.#effects.leave();
        break;
      case 'keeper-killed-unsealed':
        this.#effects.killNextUnsealed();
        break;
      case 'all-killed':
        this.#effects.killKeepers();
        this.#die(fault);
        break;
      default:
        if (fault !== undefined) this.#die(fault);
    }
    if (this.#hasLastingError && mayFail) throw storeRefusal();
    return fault;
  }

  #die(fault: Fault): never {
    this.died = fault;
    throw new Crash();
  }
}
