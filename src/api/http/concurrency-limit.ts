import { unavailable } from '../problems/problem.ts';

/**
 * Lets so many run at once, and the others wait for their turn: many that come at the same
 * moment must not take all connections to the database. Who has waited too long is told to come
 * again.
 */
export function turns(atOnce: number, patienceMs: number) {
  const waiting: (() => void)[] = [];
  let free = atOnce;

  async function turn(): Promise<void> {
    if (free > 0) free -= 1;
    else await new Promise<void>((go) => waiting.push(go));
  }

  return async <T>(work: () => Promise<T>): Promise<T> => {
    const giveUpAt = Date.now() + patienceMs;
    await turn();
    try {
      if (Date.now() > giveUpAt) throw unavailable('Too many come at once');
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
}
