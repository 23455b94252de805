import type { OrderInput } from '../../contract/order.ts';
import { isProblemCode, type ProblemCode } from '../../domain/problems.ts';
import type { StoredOrder } from '../../domain/records.ts';
import type { OrderQueries } from '../../store/order-queries.ts';
import type { Preferences, Wait } from '../http/prefer.ts';
import { Problem } from '../problems/problem.ts';
import type { Admission } from './admission.ts';
import type { OrderWorkflows, PlacementOutcome } from './order-workflows.ts';
import { assertMayPlace, type PlacementLimits } from './placement-limits.ts';

interface Deps {
  workflows: OrderWorkflows;
  store: OrderQueries;
  limits: PlacementLimits;
  admission: Admission;
}

/** The answer to a request to place an order; no order is shown while it is being worked on. */
export interface PlacedOrder {
  order: StoredOrder | undefined;
  /** Whether an earlier request with the same key placed it. */
  isRepeat: boolean;
}

/** What an order that could not be placed is cancelled for, after it was recorded. */
const PLACEMENT_REFUSALS: readonly string[] = [
  'insufficient_stock',
  'inventory_unavailable',
] satisfies ProblemCode[];

/**
 * Places an order, once for each key, and waits as the client prefers: for the placement, for the
 * payment, or for nothing. Throws Problem for a refusal, and when an earlier request with the same
 * key is still being worked on.
 */
export async function placeOrder(
  { workflows, store, limits, admission }: Deps,
  input: OrderInput,
  { wait: preferred, respondAsync }: Preferences,
): Promise<PlacedOrder> {
  const { orderId, requestHash } = input;
  const wait = waitFor(preferred, input);
  const began = Date.now();
  const { state, isRepeat } = await admission.admit(begin);
  let order = state === 'settled' ? await placed() : undefined;
  if (wait.until === 'paid' && (order === undefined || order.status === 'CREADO')) {
    await workflows.awaitPayment(orderId, Math.max(began + wait.ms - Date.now(), 0));
    const now = await store.find(orderId);
    if (order !== undefined || now?.status !== 'CREADO') order = now;
  }
  if (order !== undefined && (isRepeat || wait.until === 'paid' || couldNotBePlaced(order))) {
    assertNotRefused(order);
  }
  if (order === undefined && isRepeat && wait.until !== 'taken') {
    throw new Problem('request_in_progress', undefined, { orderId }, { 'Retry-After': '2' });
  }
  const isOpen = respondAsync && order?.status === 'CREADO';
  return { order: isOpen ? undefined : order, isRepeat };

  /** An order that is recorded is never started again, also when Temporal has forgotten it. */
  async function begin(): Promise<PlacementOutcome> {
    const { userId, idempotencyKey: key } = input;
    const recorded = key === undefined ? undefined : await store.findByKey(userId, key);
    if (recorded === undefined) {
      if (key !== undefined) await assertNotRefusedBefore();
      await assertMayPlaceNow();
      return wait.until === 'taken'
        ? workflows.start(input)
        : workflows.place(input, placementMs());
    }
    if (recorded.requestHash === undefined) throw keyOfImported(recorded);
    if (recorded.requestHash !== requestHash) throw new Problem('idempotency_key_reused');
    const mayBeUnderWay = recorded.status === 'CREADO' || couldNotBePlaced(recorded);
    if (mayBeUnderWay) return workflows.rejoin(input, placementMs());
    return { state: 'settled', isRepeat: true };
  }

  async function assertNotRefusedBefore(): Promise<void> {
    const refused = await store.refusal(orderId);
    if (refused === undefined) return;
    if (refused.requestHash !== requestHash) throw new Problem('idempotency_key_reused');
    throw new Problem(refused.code, refused.detail, refused.details);
  }

  /** A repeat of what is under way is no new order: whoever is told 429 may try another key. */
  async function assertMayPlaceNow(): Promise<void> {
    try {
      await assertMayPlace(store, input.userId, limits);
    } catch (refusal) {
      const isRepeat = input.idempotencyKey !== undefined && (await workflows.isRunning(orderId));
      if (!isRepeat) throw refusal;
    }
  }

  function placementMs(): number {
    const { deadlineMs } = workflows.options;
    return wait.until === 'taken' ? deadlineMs : Math.min(deadlineMs, wait.ms ?? deadlineMs);
  }

  async function placed(): Promise<StoredOrder> {
    const found = await store.find(orderId);
    if (found !== undefined) return found;
    throw new Problem('order_cancelled', 'The order came to its end before it was placed');
  }
}

/** A bank transfer may take days: nobody waits for it. */
function waitFor(preferred: Wait, { paymentMethod }: OrderInput): Wait {
  const isTransfer = paymentMethod === 'bank_transfer';
  return preferred.until === 'paid' && isTransfer ? { ...preferred, until: 'placed' } : preferred;
}

function couldNotBePlaced({ cancellation }: StoredOrder): boolean {
  return cancellation?.by === 'system' && PLACEMENT_REFUSALS.includes(cancellation.reason);
}

/** Nobody knows what another service's order was placed with, so it is never given as a replay. */
function keyOfImported({ orderId }: StoredOrder): Problem {
  const detail =
    'An order was placed with this key before this service took over; look at it before you place another';
  return new Problem('idempotency_key_reused', detail, { orderId });
}

/** The service's own "no" to an order that was recorded; what a person cancelled was placed all the same. */
function assertNotRefused({ orderId, status, cancellation }: StoredOrder): void {
  if (status !== 'CANCELADO' || cancellation?.by !== 'system') return;
  const { reason } = cancellation;
  if (isProblemCode(reason)) throw new Problem(reason, undefined, { orderId });
}
