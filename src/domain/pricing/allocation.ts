/**
 * Splits an amount in proportion to weights by largest remainder: each share is rounded down, and
 * the minor units that are left go, one each, to the shares that lost most by it, the earlier of
 * equals first. So the shares add up to the amount, and none exceeds a weight while the amount does
 * not exceed their sum. All are whole and not negative.
 * Throws RangeError when there is an amount and no weight to give it to.
 *
 * dinero.js has an `allocate`, but it gives what is left to the largest weights.
 */
export function allocate(amount: number, weights: readonly number[]): number[] {
  const total = weights.reduce((sum, weight) => sum + BigInt(weight), 0n);
  if (amount === 0) return weights.map(() => 0);
  if (total === 0n) throw new RangeError('an amount cannot be split without weights');

  const exact = weights.map((weight) => BigInt(amount) * BigInt(weight));
  const shares = exact.map((share) => Number(share / total));
  const left = shares.reduce((rest, share) => rest - share, amount);
  const byRemainder = exact
    .map((share, index) => ({ index, remainder: share % total }))
    .sort((a, b) => compare(b.remainder, a.remainder));
  const luckier = new Set(byRemainder.slice(0, left).map(({ index }) => index));
  return shares.map((share, index) => (luckier.has(index) ? share + 1 : share));
}

function compare(a: bigint, b: bigint): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
