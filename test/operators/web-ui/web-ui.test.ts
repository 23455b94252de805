import { expect, it, jest } from '@jest/globals';
import { orderWorkflowId } from '../../../src/contract/order.ts';
import {
  STUCK_ORDERS_WORKFLOW,
  STUCK_ORDERS_WORKFLOW_ID,
  stuckOrdersPolicy,
} from '../../../src/contract/stuck-orders.ts';
import { eventually } from '../../support/eventually.ts';
import { untilStuck } from '../../support/operators/operators.ts';
import { describeWebUi, useWebUi } from '../../support/operators/use-web-ui.ts';
import { drawing, picture, untilPaintedAgain } from '../../support/operators/web-ui-browser.ts';
import { documents, outcome, placed, untilStatus } from '../../support/orders/orders.ts';
import { fault, ledger, types } from '../../support/services/services.ts';
import { useStack } from '../../support/use-stack.ts';

jest.setTimeout(240_000);

if (process.env.SKIP_WEB_UI === '1')
  process.stderr.write('\nSKIP_WEB_UI=1: THE WEB UI IS NOT TESTED IN THIS RUN\n\n');

const BOUND_MS = 60_000;

const stack = useStack();
const ui = useWebUi();

/** An order whose charge fails until the payment service is repaired, open in the Web UI. */
async function stuckOrder() {
  const repair = await fault(stack, 'payments', {
    ...{ route: 'POST /api/payments', kind: 'errorBefore' },
  });
  const { orderId, orderNumber } = await placed(stack);
  await untilStuck(stack, orderId, 'chargePayment');
  return { orderId, orderNumber, workflowId: orderWorkflowId(orderId), repair };
}

/** The list of what is stuck; of this test alone, since others share the server. */
async function openList(): Promise<void> {
  const query = 'NeedsAttention = true';
  await ui.list(drawing ? query : `${query} AND TaskQueue = "${stack.taskQueue}"`);
}

async function openStuck(workflowId: string): Promise<void> {
  // The list lags a little behind.
  await eventually(async () => {
    await openList();
    await ui.inList(workflowId).waitFor({ timeout: 5_000 });
  }, BOUND_MS);
  await ui.open(workflowId);
}

async function untilAttributes(...texts: string[]): Promise<void> {
  await ui.tab('search-attributes');
  await eventually(async () => {
    const shown = await ui.attributes.innerText();
    for (const text of texts) expect(shown).toContain(text);
  }, BOUND_MS);
}

async function historyOf(orderId: string) {
  const { history } = await documents(stack, orderId);
  return history.map(({ status, comment, createdBy }) => [status, comment, createdBy]);
}

describeWebUi('an operator in the Web UI', () => {
  it('finds a stuck order, reads why, and retries it when the payment service is back', async () => {
    const { orderId, workflowId, repair } = await stuckOrder();
    await eventually(async () => {
      await openList();
      await ui.inList(workflowId).waitFor({ timeout: 5_000 });
    }, BOUND_MS);
    await ui.showColumns({
      add: ['FailedStep', 'FailureType', 'StuckSince'],
      remove: ['Run ID', 'Type', 'Start', 'End'],
    });
    await ui.row(workflowId).getByText('chargePayment').waitFor();
    await picture(ui.page, 'stuck-orders', 480);

    await ui.open(workflowId);
    const summary = ui.page.getByText(/payments answered 503; waiting for retry/).first();
    await summary.waitFor();
    if (drawing) await untilPaintedAgain(summary);
    await picture(ui.page, 'stuck-order-timeline', 1160);

    await ui.tab('user-metadata');
    await ui.details.getByText('This order is stuck').waitFor();
    const details = await ui.details.innerText();
    for (const text of [
      'charge the payment failed: payments answered 503',
      'Trying again never charges twice',
      'tries again by itself',
      'What you can do',
      'retry tries again now',
      'cancelOrder stops the order',
      'confirmPayment makes it paid',
    ]) {
      expect(details).toContain(text);
    }
    await picture(ui.page, 'stuck-order-details', 1560);

    await repair();
    const dialog = await ui.offer('signal');
    for (const offered of [
      /retry\s*Try again now/,
      /cancelOrder\s*Stop and compensate/,
      /confirmPayment\s*The customer has paid/,
      /markShipped\s*A paid order has left/,
    ]) {
      await dialog.getByRole('option').filter({ hasText: offered }).waitFor();
    }
    await picture(ui.page, 'send-a-signal', 800);
    await ui.send(dialog, 'retry');
    await ui.toast('Workflow signaled').waitFor();

    await untilStatus(stack, orderId, 'PAGADO');
    await untilAttributes('"OrderStatus": "PAGADO"', '"NeedsAttention": false');
    expect(await historyOf(orderId)).toEqual([
      ['CREADO', 'order placed', 'ana'],
      ['CREADO', 'retry', 'operator (Web UI)'],
      ['PAGADO', 'payment captured', 'system'],
    ]);
    expect(types(await ledger(stack, 'payments', orderId))).toEqual(['charge']);
    await openList();
    await ui.page
      .getByText(/No workflows/i)
      .first()
      .waitFor();
  });

  it('cancels a stuck order, and need not say who or why', async () => {
    const { orderId, workflowId } = await stuckOrder();
    await openStuck(workflowId);
    await ui.send(await ui.offer('signal'), 'cancelOrder');
    await ui.toast('Workflow signaled').waitFor();
    expect(await outcome(stack, orderId)).toMatchObject({ status: 'CANCELADO' });
    await untilAttributes('"OrderStatus": "CANCELADO"');
    expect((await historyOf(orderId)).at(-1)).toEqual([
      'CANCELADO',
      'cancelled on request',
      'operator (Web UI)',
    ]);
  });

  it('requests the cancellation of a workflow, which cancels the order', async () => {
    const { orderId, workflowId } = await stuckOrder();
    await openStuck(workflowId);
    await ui.requestCancellation();
    await ui.toast('Workflow canceled').waitFor();
    expect(await outcome(stack, orderId)).toMatchObject({ status: 'CANCELADO' });
    expect((await historyOf(orderId)).at(-1)).toEqual([
      'CANCELADO',
      'cancellation requested',
      'operator (Web UI)',
    ]);
  });

  it('reads why an update is refused, corrects it, and confirms a payment', async () => {
    const { orderId, workflowId } = await stuckOrder();
    await openStuck(workflowId);
    const dialog = await ui.offer('update');
    await ui.send(dialog, 'confirmPayment');
    await dialog.getByText('transactionId is missing').first().waitFor();
    const input = { by: 'olga', transactionId: 'tx-outside', note: 'seen at the bank' };
    await ui.submit(dialog, input);
    await untilStatus(stack, orderId, 'PAGADO');
    expect((await historyOf(orderId)).at(-1)).toEqual([
      'PAGADO',
      'payment tx-outside confirmed',
      'olga',
    ]);
  });

  it('sends a signal at the wrong time, and finds the reason in the details', async () => {
    const { orderId, workflowId } = await stuckOrder();
    await openStuck(workflowId);
    await ui.send(await ui.offer('signal'), 'markShipped', { by: 'olga', carrier: 'Correos' });
    await ui.toast('Workflow signaled').waitFor();
    await ui.tab('user-metadata');
    await ui.details.getByText('markShipped was ignored: the order is CREADO').waitFor();
    await picture(ui.page, 'ignored-signal', 1100);
    expect(await documents(stack, orderId)).toMatchObject({ order: { status: 'CREADO' } });
  });

  it('reads what others typed as the text that it is, whatever it contains', async () => {
    const { orderId, workflowId } = await stuckOrder();
    const typed = '<img src=x onerror=window.hit=1> [link](javascript:hit) <b>bold</b> # heading';
    const handle = stack.client.workflow.getHandle(workflowId);
    await handle.signal('retry', { by: '<i>olga</i>', note: typed });
    await eventually(async () => {
      expect(await historyOf(orderId)).toContainEqual(['CREADO', 'retry', '<i>olga</i>']);
    });
    await handle.signal('<u>unknown</u>');
    await openStuck(workflowId);
    await ui.tab('user-metadata');
    await ui.details.getByText('is not known').waitFor();
    const shown = await ui.details.innerText();
    for (const text of [typed, 'by <i>olga</i>', 'signal <u>unknown</u> is not known']) {
      expect(shown).toContain(text);
    }
    for (const made of ['img', 'b', 'i', 'u', 'h1:has-text("heading")', 'a[href^="javascript"]']) {
      expect([made, await ui.details.locator(made).count()]).toEqual([made, 0]);
    }
    expect(await ui.page.evaluate('window.hit')).toBeUndefined();
  });

  it('sees all that is stuck on the stuck-orders page, opens an order there, and retries all', async () => {
    const { orderId, orderNumber, workflowId, repair } = await stuckOrder();
    const page = drawing ? STUCK_ORDERS_WORKFLOW_ID : `stuck-orders-${orderId}`;
    const policy = { ...stuckOrdersPolicy, busyMs: 1_000, idleMs: 1_000 };
    const { taskQueue, client } = stack;
    const args = [{ policy }];
    const handle = await client.workflow.start(STUCK_ORDERS_WORKFLOW, {
      workflowId: page,
      taskQueue,
      args,
    });

    await eventually(async () => {
      await ui.openById(page);
      await ui.tab('user-metadata');
      await ui.details.getByRole('link', { name: orderNumber }).waitFor({ timeout: 5_000 });
    }, BOUND_MS);
    await picture(ui.page, 'stuck-orders-page', 1500);
    const opened = ui.page.context().waitForEvent('page');
    await ui.details.getByRole('link', { name: orderNumber }).click();
    const order = await opened;
    await order.getByTestId('workflow-id-heading').filter({ hasText: workflowId }).waitFor();
    await order.close();

    await repair();
    const input = { by: 'olga', note: 'payments is back' };
    await ui.send(await ui.offer('update'), 'retryStuck', input);
    await untilStatus(stack, orderId, 'PAGADO');
    await eventually(async () => {
      await ui.openById(page);
      await ui.tab('user-metadata');
      await ui.details.getByText(/retryStuck by olga .* 0 still stuck/).waitFor({ timeout: 5_000 });
    }, BOUND_MS);
    expect((await historyOf(orderId))[1]).toEqual(['CREADO', 'retry', 'olga']);
    await handle.terminate();
  });
});
