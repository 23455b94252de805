import type { ApiConfig } from '../../config/config.ts';
import type { OrderQueries } from '../../store/order-queries.ts';
import { Problem } from '../problems/problem.ts';

export type PlacementLimits = Pick<
  ApiConfig,
  'UNPAID_ORDERS_PER_USER' | 'DECLINES_PER_USER_AND_HOUR' | 'PLACEMENTS_IN_FLIGHT'
>;

const HOUR_MS = 3_600_000;

/**
 * Refuses a new order of whoever holds stock by many unpaid ones, or tries one card after another.
 * Counted in MongoDB, so that a few more get through when they come at the same moment.
 */
export async function assertMayPlace(
  store: OrderQueries,
  userId: string,
  limits: PlacementLimits,
): Promise<void> {
  const { UNPAID_ORDERS_PER_USER: unpaid, DECLINES_PER_USER_AND_HOUR: declines } = limits;
  const since = new Date(Date.now() - HOUR_MS);
  const [open, declined] = await Promise.all([
    store.countUnpaid(userId, unpaid),
    store.countDeclined(userId, since, declines),
  ]);
  if (open >= unpaid) throw new Problem('too_many_open_orders');
  if (declined < declines) return;
  const retry = { 'Retry-After': `${HOUR_MS / 1_000}` };
  throw new Problem('too_many_declines', undefined, {}, retry);
}
