import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { orderBody } from '../support/api/requests.ts';
import { eventually } from '../support/eventually.ts';
import { untilStatus } from '../support/orders/orders.ts';
import { type Programs, startPrograms } from '../support/programs/programs.ts';
import { parseMetrics, type Sample, type Samples } from '../support/prometheus/text.ts';
import { fault } from '../support/services/services.ts';
import { type Stack, startStack } from '../support/stack.ts';

let stack: Stack;
let programs: Programs;
let before: Samples;
beforeAll(async () => {
  stack = await startStack({}, { worker: false });
  programs = await startPrograms(stack);
}, 60_000);
afterAll(async () => {
  await programs?.kill();
  await stack?.stop();
});
beforeEach(async () => {
  before = await worker();
});

const worker = async () => parseMetrics(await programs.scrapeWorker());

/** By how much a counter of the worker has risen since the test began; of several, all together. */
async function risen(name: string, labels: Record<string, string> = {}): Promise<number> {
  return sum(await worker(), name, labels) - sum(before, name, labels);
}

function sum(samples: Samples, name: string, labels: Record<string, string>): number {
  const fits = (sample: Sample) =>
    Object.entries(labels).every(([label, value]) => sample.labels[label] === value);
  return (samples.get(name) ?? []).filter(fits).reduce((all, { value }) => all + value, 0);
}

async function place(overrides: Record<string, unknown> = {}): Promise<string> {
  const response = await programs.request('/api/orders', {
    method: 'POST',
    body: orderBody(overrides),
  });
  expect(response.status).toBe(201);
  return ((await response.json()) as { orderId: string }).orderId;
}

describe('the metrics of a worker', () => {
  it('tell how orders ended and how long they took', async () => {
    const orderId = await place();
    await untilStatus(stack, orderId, 'PAGADO');
    const shipped = await programs.request(`/api/orders/${orderId}/status`, {
      method: 'PATCH',
      role: 'admin',
      body: { status: 'ENVIADO' },
    });
    expect(shipped.status).toBe(200);
    await eventually(async () => {
      expect(await risen('orders_finished_total', { status: 'ENVIADO', reason: 'none' })).toBe(1);
    });
    for (const stage of ['accepted', 'paid', 'shipped']) {
      expect(await risen(`orders_time_to_${stage}_seconds_count`)).toBe(1);
    }
    expect(await risen('orders_time_to_paid_seconds_bucket', { le: '86400' })).toBe(1);
    expect(await risen('orders_events_published_total', { type: 'order.paid' })).toBe(1);
    expect(await risen('orders_event_lag_seconds_count')).toBe(4);
  });

  it('tell what was refused, retried and compensated', async () => {
    await fault(stack, 'payments', { route: 'POST /api/payments', kind: 'errorBefore', times: 1 });
    const orderId = await place();
    await untilStatus(stack, orderId, 'PAGADO');
    const cancelled = await programs.request(`/api/orders/${orderId}/cancel`, { method: 'POST' });
    expect(cancelled.status).toBe(200);
    await eventually(async () => {
      expect(
        await risen('orders_finished_total', { status: 'CANCELADO', reason: 'order_cancelled' }),
      ).toBe(1);
    });
    const attempts = (step: string, outcome: string) =>
      risen('orders_step_attempts_total', { step, outcome });
    expect(await attempts('chargePayment', 'failed')).toBe(1);
    expect(await attempts('chargePayment', 'ok')).toBe(1);
    expect(await attempts('voidPayment', 'ok')).toBe(1);
    expect(await attempts('releaseStock', 'ok')).toBe(1);
  });

  it('tell what is stuck now, and for how long the oldest', async () => {
    const repair = await fault(stack, 'payments', {
      route: 'POST /api/payments',
      kind: 'errorBefore',
    });
    const orderId = await place();
    await eventually(async () => {
      const samples = await worker();
      expect(sum(samples, 'orders_stuck_now', { step: 'chargePayment' })).toBe(1);
      expect(
        sum(samples, 'orders_stuck_oldest_age_seconds', { step: 'chargePayment' }),
      ).toBeGreaterThan(0);
    });
    expect(await risen('orders_stuck_total', { step: 'chargePayment' })).toBe(1);
    expect(await risen('orders_step_attempts_total', { retry: 'true' })).toBeGreaterThan(0);
    await repair();
    await programs.request(`/api/admin/orders/${orderId}/retry`, { method: 'POST', role: 'admin' });
    await untilStatus(stack, orderId, 'PAGADO');
    await eventually(async () => {
      expect((await worker()).get('orders_stuck_now') ?? []).toEqual([]);
    });
    expect(sum(await worker(), 'orders_stuck_read_age_seconds', {})).toBeLessThan(300);
  }, 90_000);

  it('tell of the connections, and nothing of customers', async () => {
    await place();
    const [ofWorker, ofApi] = [await programs.scrapeWorker(), await programs.scrapeApi()];
    for (const text of [ofWorker, ofApi]) {
      const samples = parseMetrics(text);
      expect(sum(samples, 'orders_mongodb_connections', { state: 'open' })).toBeGreaterThan(0);
      expect(sum(samples, 'orders_mongodb_waiting', {})).toBe(0);
      const other = text.replaceAll(stack.taskQueue, '');
      expect(/"ana"|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}/.exec(other)?.[0]).toBeUndefined();
    }
  });
});
