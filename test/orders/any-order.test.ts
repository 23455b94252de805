import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { WorkflowNotFoundError } from '@temporalio/client';
import fc from 'fast-check';
import { orderIdFor } from '../../src/api/orders/order-id.ts';
import type { OperatorAction, OperatorInput } from '../../src/contract/order.ts';
import { orderBody, request } from '../support/api/requests.ts';
import { eventually } from '../support/eventually.ts';
import { seen, signal, update } from '../support/operators/operators.ts';
import { expectInvariants } from '../support/orders/invariants.ts';
import { documents, outcome } from '../support/orders/orders.ts';
import { fault, ledger } from '../support/services/services.ts';
import { useStack } from '../support/use-stack.ts';

const stack = useStack({ retryMs: 150, retryInitialMs: 30, retryMaxMs: 60 });

interface Command {
  do: OperatorAction | 'repair';
  by: 'signal' | 'update';
}

const commands = fc.array(
  fc.record<Command>({
    do: fc.constantFrom(
      'retry',
      'cancelOrder',
      'confirmPayment',
      'confirmRefund',
      'markShipped',
      'repair',
    ),
    by: fc.constantFrom('signal', 'update'),
  }),
  { maxLength: 6 },
);

const trouble = fc.record({
  service: fc.constantFrom('payments' as const, 'inventory' as const),
  kind: fc.constantFrom('none', 'errorBefore', 'errorAfter', 'latency', 'decline', 'garbage'),
  times: fc.integer({ min: 1, max: 12 }),
});

/** The signals make the server throw away a task that had the refusal; asked again, there is stock. */
const answeredAgain: [{ service: 'inventory'; kind: 'decline'; times: number }, Command[]] = [
  { service: 'inventory', kind: 'decline', times: 12 },
  [
    { do: 'retry', by: 'signal' },
    { do: 'confirmPayment', by: 'signal' },
  ],
];

describe('an order to which anything may happen', () => {
  it('ends as its last answers said, with money, stock, history and events in order', async () => {
    await fc.assert(
      fc.asyncProperty(trouble, commands, async ({ service, kind, times }, sequence) => {
        const key = randomUUID();
        const orderId = orderIdFor('ana', key);
        const rule = { kind, orderId, times, latencyMs: 80 };
        const repair = kind === 'none' ? async () => {} : await fault(stack, service, rule);
        const placing = request(stack, '/api/orders', {
          method: 'POST',
          body: orderBody(),
          headers: { 'Idempotency-Key': key },
        });
        await untilStarted(orderId);
        const done = new Set<string>();
        for (const command of sequence) {
          if (command.do === 'repair') await repair();
          else if ((await act(orderId, command)) === 'done') done.add(command.do);
        }
        await repair();
        await placing;
        const { status } = await settle(orderId);
        if (done.has('markShipped')) expect(status).toBe('ENVIADO');
        if (done.has('cancelOrder')) expect(status).not.toBe('ENVIADO');
        if (status !== 'refused') await expectInvariants(stack, orderId);
      }),
      {
        numRuns: Number(process.env.FC_NUM_RUNS ?? 25),
        endOnFailure: true,
        examples: [answeredAgain, answeredAgain, answeredAgain],
      },
    );
  }, 600_000);
});

async function untilStarted(orderId: string): Promise<void> {
  await eventually(() => stack.client.workflow.getHandle(`order-${orderId}`).describe());
}

/** "ended" when the order had come to its end before it could be asked. */
async function act(orderId: string, command: Command): Promise<string> {
  const action = command.do as OperatorAction;
  const input = {
    by: 'olga',
    ...(action.startsWith('confirm') && { transactionId: 'tx-outside' }),
  };
  try {
    if (command.by === 'update') return await update(stack, orderId, action, input);
    await signal(stack, orderId, action, input);
    return 'sent';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return 'ended';
    throw error;
  }
}

/** Of two payments, what Payments captured counts. */
async function confirm(orderId: string, input: OperatorInput): Promise<void> {
  await signal(stack, orderId, 'confirmPayment', input).catch((error: unknown) => {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  });
}

/** All is well again: what is stuck is retried, and what is paid is shipped, until the end. */
async function settle(orderId: string): Promise<{ status: string }> {
  await eventually(async () => {
    const { status } = await stack.client.workflow.getHandle(`order-${orderId}`).describe();
    if (status.name !== 'RUNNING') return;
    if ((await seen(stack, orderId)).attributes.NeedsAttention?.[0] === true) {
      await act(orderId, { do: 'retry', by: 'signal' });
      await act(orderId, { do: 'confirmRefund', by: 'signal' });
      const [charge] = await ledger(stack, 'payments', orderId);
      const captured = { by: 'olga', transactionId: `${charge?.transactionId}` };
      if (charge !== undefined) await confirm(orderId, captured);
    }
    if ((await documents(stack, orderId)).order?.status === 'PAGADO') {
      await act(orderId, { do: 'markShipped', by: 'update' });
    }
    throw new Error('the order is still on its way');
  }, 30_000);
  return (await outcome(stack, orderId)) as { status: string };
}
