import type { Percentiles } from './results.ts';

/** The smallest value that this share of all values do not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export function percentiles(values: readonly number[]): Percentiles {
  return { p50: rounded(quantile(values, 0.5)), p99: rounded(quantile(values, 0.99)) };
}

/** To a tenth. */
export function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
