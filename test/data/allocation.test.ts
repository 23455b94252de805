import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { allocate } from '../../src/domain/pricing/allocation.ts';

const weights = fc.array(fc.oneof(fc.nat(100), fc.nat(10_000_000_000)), {
  minLength: 1,
  maxLength: 50,
});
const split = fc
  .tuple(fc.oneof(fc.nat(1000), fc.maxSafeNat()), weights)
  .filter(([, parts]) => parts.some((weight) => weight > 0))
  .map(([amount, parts]) => {
    const total = parts.reduce((sum, weight) => sum + BigInt(weight), 0n);
    return { amount, parts, total, shares: allocate(amount, parts) };
  });

describe('an amount that is split over lines', () => {
  it.each([
    [100, [1, 1, 1], [34, 33, 33]],
    [5, [70, 20, 10], [4, 1, 0]],
    // dinero.js would give the odd one to the largest weight.
    [10, [72, 18, 10], [7, 2, 1]],
    [3, [0, 10, 0], [0, 3, 0]],
    [0, [0, 0], [0, 0]],
  ])('%d over %j is %j', (amount, parts, shares) => {
    expect(allocate(amount, parts)).toEqual(shares);
  });

  it('is split whole', () => {
    fc.assert(
      fc.property(split, ({ amount, shares }) => {
        expect(shares.reduce((sum, share) => sum + share, 0)).toBe(amount);
      }),
    );
  });

  it('gives each its proportional share, but for less than one minor unit', () => {
    fc.assert(
      fc.property(split, ({ amount, parts, total, shares }) => {
        for (const [index, weight] of parts.entries()) {
          const off = BigInt(shares[index] ?? 0) * total - BigInt(amount) * BigInt(weight);
          expect(off < 0n ? -off : off).toBeLessThan(total);
        }
      }),
    );
  });

  it('takes no more from a line than the line is worth', () => {
    fc.assert(
      fc.property(weights, fc.double({ min: 0, max: 1, noNaN: true }), (parts, part) => {
        const worth = parts.reduce((sum, weight) => sum + weight, 0);
        const shares = allocate(Math.floor(worth * part), parts);
        for (const [index, weight] of parts.entries()) {
          expect(shares[index]).toBeLessThanOrEqual(weight);
        }
      }),
    );
  });

  it('gives what is left to the largest remainders, the earlier of equals first', () => {
    fc.assert(
      fc.property(split, ({ amount, parts, total, shares }) => {
        const exact = parts.map((weight) => BigInt(amount) * BigInt(weight));
        const rows = exact.map((share, index) => ({
          remainder: share % total,
          index,
          more: BigInt(shares[index] ?? 0) > share / total,
        }));
        const less = rows.filter(({ more }) => !more);
        for (const lucky of rows.filter(({ more }) => more)) {
          for (const other of less) {
            expect(lucky.remainder).toBeGreaterThanOrEqual(other.remainder);
            if (lucky.remainder === other.remainder) expect(lucky.index).toBeLessThan(other.index);
          }
        }
      }),
    );
  });

  it('cannot be split over nothing', () => {
    expect(() => allocate(1, [0, 0])).toThrow(RangeError);
    expect(() => allocate(1, [])).toThrow(RangeError);
  });
});
