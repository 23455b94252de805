const EVERY_MS = 5_000;

/** Tells people every few seconds how far long work is. @param {string} what @param {number} total */
export function createProgress(what, total) {
  const begun = Date.now();
  let told = begun;
  let done = 0;
  return {
    /** @param {number} more */
    add(more) {
      done += more;
      const now = Date.now();
      if (now - told < EVERY_MS) return;
      told = now;
      const left = Math.round((((now - begun) / done) * Math.max(total - done, 0)) / 1000);
      process.stderr.write(`${what}: ${done} of ${total}, about ${left} s left\n`);
    },
  };
}
