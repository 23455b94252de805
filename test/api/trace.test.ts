import { describe, expect, it } from '@jest/globals';
import { context } from '@opentelemetry/api';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger, type LogEntry } from '@temporalio/worker';
import { activitySpan } from '../../src/activities/interceptors/activity-span.ts';
import { orderWorkflowId } from '../../src/contract/order.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { contextOf, currentWork } from '../../src/platform/tracing/work.ts';
import { orderBody, request } from '../support/api/requests.ts';
import { type OrderAnswer, outcome, untilStatus } from '../support/orders/orders.ts';
import { fault, fired, ledger } from '../support/services/services.ts';
import { useStack } from '../support/use-stack.ts';

const stack = useStack();

const traceparent = `00-${'4b'.repeat(16)}-${'00f0'.repeat(4)}-00`;

async function placeWith(headers: Record<string, string>) {
  const response = await request(stack, '/api/orders', {
    method: 'POST',
    body: orderBody(),
    headers,
  });
  expect(response.status).toBe(201);
  const { orderId } = (await response.json()) as OrderAnswer;
  return { orderId, requestId: response.headers.get('X-Request-Id') };
}

async function requestIds(service: 'inventory' | 'payments', orderId: string) {
  return (await ledger(stack, service, orderId)).map((entry) => [entry.type, entry.requestId]);
}

describe('the id of the request that placed an order', () => {
  it('is with every call its order makes, also after an attempt that failed', async () => {
    await fault(stack, 'payments', { route: 'POST /api/payments', kind: 'errorBefore', times: 1 });
    const { orderId, requestId } = await placeWith({
      'X-Request-Id': 'from-the-shop-17',
      traceparent,
    });
    expect(requestId).toBe('from-the-shop-17');
    await untilStatus(stack, orderId, 'PAGADO');
    expect(await fired(stack, 'payments')).toBe(1);
    expect(await requestIds('inventory', orderId)).toEqual([['reserve', requestId]]);
    expect(await requestIds('payments', orderId)).toEqual([['charge', requestId]]);

    await stack.client.workflow.getHandle(orderWorkflowId(orderId)).signal('cancelOrder', {});
    await outcome(stack, orderId);
    expect(await requestIds('payments', orderId)).toContainEqual(['refund', requestId]);
  });

  it('is found with its trace context where operators look', async () => {
    const { orderId } = await placeWith({ 'X-Request-Id': 'r-2', traceparent });
    const { memo } = await stack.client.workflow.getHandle(orderWorkflowId(orderId)).describe();
    expect(memo).toMatchObject({ trace: { requestId: 'r-2', traceparent } });
  });

  it.each([
    ['no', {}],
    ['a bad', { 'X-Request-Id': 'x'.repeat(65), traceparent: `00-${'0'.repeat(32)}-1-01` }],
  ])('is made up for a caller with %s one', async (_name, headers) => {
    const { orderId, requestId } = await placeWith(headers);
    const { memo } = await stack.client.workflow.getHandle(orderWorkflowId(orderId)).describe();
    expect(memo?.trace).toEqual({ requestId, at: expect.any(String) });
    expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
    await untilStatus(stack, orderId, 'PAGADO');
    expect(await requestIds('payments', orderId)).toEqual([['charge', requestId]]);
  });
});

describe('a log line', () => {
  it('names the request and the order it is about', () => {
    const lines: string[] = [];
    const log = createLogger('worker', 'info', { write: (line) => void lines.push(line) });
    const work = contextOf({ requestId: 'r-3', orderId: 'o-3' });
    context.with(work, () => log.info('a step failed'));
    log.info('the worker runs');
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { requestId: 'r-3', orderId: 'o-3', msg: 'a step failed' },
      { msg: 'the worker runs' },
    ]);
    expect(lines[1]).not.toContain('requestId');
  });

  it('about a step that failed names them too', async () => {
    const entries: LogEntry[] = [];
    const step = new MockActivityEnvironment(
      {
        workflowExecution: { workflowId: orderWorkflowId('o-4'), runId: 'run' },
        activityType: 'chargePayment',
      },
      {
        interceptors: [activitySpan],
        logger: new DefaultLogger('DEBUG', (entry) => entries.push(entry)),
      },
    );
    const fail = async () => {
      expect(currentWork()).toEqual({ orderId: 'o-4' });
      throw new Error('down');
    };
    await expect(step.run(fail)).rejects.toThrow('down');
    expect(entries.at(-1)).toMatchObject({ message: 'Activity failed', meta: { orderId: 'o-4' } });
  });
});
