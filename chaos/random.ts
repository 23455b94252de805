import { seededRandom } from '../simulators/faults/random.ts';

/** Repeatable choices: the same seed chooses the same. */
export class Random {
  readonly #next: () => number;

  constructor(seed: string) {
    this.#next = seededRandom(seed);
  }

  chance(probability: number): boolean {
    return this.#next() < probability;
  }

  /** A whole number from `from` to `to`, both included. */
  between(from: number, to: number): number {
    return from + Math.floor(this.#next() * (to - from + 1));
  }

  /** @throws when there is none to choose */
  pick<const T>(choices: readonly T[]): T {
    const chosen = choices[this.between(0, choices.length - 1)];
    if (chosen === undefined) throw new Error('nothing to choose from');
    return chosen;
  }

  /** How long until the next of independent events that come every `meanMs`. Milliseconds. */
  untilNext(meanMs: number): number {
    return -Math.log(1 - this.#next()) * meanMs;
  }
}
