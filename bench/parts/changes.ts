import { loadavg } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { placeOrders } from '../load.ts';
import type { PaidOrders } from '../paid-orders.ts';
import type { ChangeFigures, Changes } from '../results.ts';
import type { ApiRequest } from '../stack/http.ts';
import { type BenchStack, USER } from '../stack/stack.ts';
import { percentiles, rounded } from '../statistics.ts';

const EACH = 60;
/** Turns that are not counted. */
const WARM_UP = 10;
const TURNS = EACH + WARM_UP;
const IN_FLIGHT = 8;
/** Until the events of the orders that are changed are out. */
const CALM_MS = 2_000;
const WAIT_S = 30;

type Name = keyof Changes['of'];

interface Answer {
  status: number;
  retries: number;
}

/**
 * Measures, with one request in flight, what changes an order that was placed before: shipping it,
 * cancelling it (with a refund), and cancelling one that waits for a bank transfer; and an order whose
 * payment is declined, until its outcome is known. The baseline takes its turn with them, so that noise
 * falls on all.
 */
export async function measureChanges(
  stack: BenchStack,
  paid: PaidOrders,
  progress: (text: string) => void,
): Promise<Changes> {
  const { place, send } = stack.orders;
  const token = await stack.tokenOf(USER);
  const admin = await stack.tokenOf('admin', 'admin');
  progress('changes, placing the orders that are changed');
  const toShip = await placed(true);
  const toCancel = await placed(true);
  const toWaitForTransfer = await placed(false, { paymentMethod: 'bank_transfer' });
  await delay(CALM_MS);

  const change: Record<Name, (turn: number) => Promise<Answer>> = {
    baseline: async () => ({ ...(await stack.baseline.place()), status: 200 }),
    shipped: (turn) =>
      changed({
        ...{ method: 'PATCH', path: `/api/orders/${toShip[turn]}/status`, token: admin },
        body: { status: 'ENVIADO' },
      }),
    cancelled: (turn) => cancelled(toCancel[turn]),
    declined: async () => {
      const body = { paymentToken: 'tok_declined' };
      const headers = { Prefer: `wait=${WAIT_S}` };
      return { ...(await place({ body, headers, accepted: [422] })), status: 422 };
    },
    transfer_cancelled: (turn) => cancelled(toWaitForTransfer[turn]),
  };
  const names = Object.keys(change) as Name[];
  const answers = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<
    Name,
    (Answer & { ms: number })[]
  >;
  for (let turn = 0; turn < TURNS; turn++) {
    progress(`changes, turn ${turn + 1} of ${TURNS}`);
    for (const name of names) {
      const sentAt = performance.now();
      const answer = await change[name](turn);
      const ms = performance.now() - sentAt;
      if (turn >= WARM_UP) answers[name].push({ ...answer, ms });
    }
  }
  return {
    each: EACH,
    load_average: rounded(loadavg()[0] ?? 0),
    of: Object.fromEntries(names.map((name) => [name, sumUp(answers[name])])) as Changes['of'],
  };

  async function placed(isPaid: boolean, body = {}): Promise<string[]> {
    const orders = await placeOrders({
      count: TURNS,
      concurrency: IN_FLIGHT,
      place: () => place({ body }),
      paidAt: isPaid ? (orderId) => paid.paidAt(orderId) : undefined,
    });
    return orders.map(({ orderId }) => orderId);
  }

  function changed(request: Omit<ApiRequest, 'expected'>): Promise<Answer> {
    return send({ ...request, expected: [200, 202] });
  }

  function cancelled(orderId: string | undefined): Promise<Answer> {
    return changed({ method: 'POST', path: `/api/orders/${orderId}/cancel`, token });
  }
}

function sumUp(answers: readonly (Answer & { ms: number })[]): ChangeFigures {
  return {
    ms: percentiles(answers.map(({ ms }) => ms)),
    answered_202: answers.filter(({ status }) => status === 202).length,
    retried: answers.reduce((sum, { retries }) => sum + retries, 0),
  };
}
