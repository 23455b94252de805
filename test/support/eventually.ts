import { setTimeout } from 'node:timers/promises';

/**
 * Repeats a check until it stops throwing, and answers what it returned; after the bound it fails
 * with the check's own last error.
 */
export async function eventually<T>(check: () => Promise<T> | T, boundMs = 30_000): Promise<T> {
  const end = Date.now() + boundMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) throw error;
      await setTimeout(25);
    }
  }
}
