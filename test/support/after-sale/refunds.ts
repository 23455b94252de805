import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { refundWorkflowId } from '../../../src/contract/refund.ts';
import { request, ship } from '../api/requests.ts';
import { eventually } from '../eventually.ts';
import { paid } from '../orders/orders.ts';
import type { Stack } from '../stack.ts';

export const OLGA = { sub: 'olga', role: 'admin' } as const;

export interface RefundAnswer {
  refundId: string;
  status: string;
  total: { amount: string };
  [field: string]: unknown;
}

/** Places an order, and has it paid and shipped. */
export async function shipped(stack: Stack, overrides?: Record<string, unknown>): Promise<string> {
  const orderId = await paid(stack, overrides);
  await ship(stack, orderId);
  return orderId;
}

/** Asks for a refund as an admin; with a key of its own unless told. */
export async function askRefund(
  stack: Stack,
  orderId: string,
  body: object = { all: true },
  key: string = randomUUID(),
) {
  const headers = { 'Idempotency-Key': key };
  const path = `/api/admin/orders/${orderId}/refunds`;
  return request(stack, path, { method: 'POST', body, headers, ...OLGA });
}

/** A refund that is given back. */
export async function refunded(
  stack: Stack,
  orderId: string,
  body?: object,
): Promise<RefundAnswer> {
  const response = await askRefund(stack, orderId, body);
  const refund = (await response.json()) as RefundAnswer;
  expect({ status: response.status, refund }).toMatchObject({ status: 201 });
  return refund;
}

export async function refundsOf(stack: Stack, orderId: string): Promise<RefundAnswer[]> {
  const response = await request(stack, `/api/orders/${orderId}/refunds`);
  return ((await response.json()) as { refunds: RefundAnswer[] }).refunds;
}

export const refundHandle = (stack: Stack, orderId: string, refundId: string) =>
  stack.client.workflow.getHandle(refundWorkflowId(orderId, refundId));

/** Waits until the refund's workflow shows that it is stuck at this step, and answers how. */
export async function untilRefundStuck(
  stack: Stack,
  orderId: string,
  refundId: string,
  step: string,
): Promise<{ failure: string; details: string }> {
  return untilStuckAt(refundHandle(stack, orderId, refundId), step);
}

/** The same, of any workflow. */
export async function untilStuckAt(
  handle: WorkflowHandle,
  step: string,
): Promise<{ failure: string; details: string }> {
  return eventually(async () => {
    const { searchAttributes } = await handle.describe();
    expect(searchAttributes).toMatchObject({ NeedsAttention: [true], FailedStep: [step] });
    const { currentDetails = '' } = await handle.query<{ currentDetails?: string }>(
      '__temporal_workflow_metadata',
    );
    return { failure: `${searchAttributes.FailureType}`, details: currentDetails };
  });
}

/** Money is given back at the payment provider, and nobody here is told. */
export async function refundAtProvider(
  stack: Stack,
  orderId: string,
  amount: string,
): Promise<void> {
  const key = encodeURIComponent(`${orderId}:charge`);
  const url = `${stack.simulators.urls.payments}/api/payments/by-key/${key}/refund`;
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Idempotency-Key': randomUUID() },
    body: JSON.stringify({ amount }),
  });
  expect(response.status).toBe(201);
}
