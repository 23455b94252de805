import { randomUUID } from 'node:crypto';
import { isGrpcServiceError } from '@temporalio/client';
import { orderIdFor } from '../../../src/api/orders/order-id.ts';
import {
  type OperatorAction,
  type OperatorInput,
  type OrderPolicy,
  orderWorkflowId,
} from '../../../src/contract/order.ts';
import { orderBody, request } from '../api/requests.ts';
import { signal, update } from '../operators/operators.ts';
import type { OrderAnswer } from '../orders/orders.ts';
import { fault } from '../services/services.ts';
import type { Stack } from '../stack.ts';
import type { Situation } from './situation.ts';

export type Way = 'signal' | 'update';

export type Fault = { service: 'auth' | 'inventory' | 'payments' } & Record<string, unknown>;

/** One way that an order can go: what it meets, and what is done when it stands somewhere. */
export interface Path {
  name: string;
  body?: Record<string, unknown>;
  userId?: string;
  policy?: Partial<OrderPolicy>;
  /** Whether customer and product are the order's own. */
  isAlone?: boolean;
  /** How many there are of the order's own product. */
  stock?: number;
  faults?(order: TestOrder): Fault[];
  /** Keeps the order from going on in another way, once it is placed; answers how to end that. */
  hold?(order: TestOrder): Promise<() => Promise<void>>;
  /** Each once, in the first such situation; later ones are for `play` to bring to an end. */
  on?: Partial<Record<Situation, (order: TestOrder) => Promise<void>>>;
}

/** One order that is played, with all that it was promised on the way. */
export class TestOrder {
  readonly key = randomUUID();
  readonly orderId: string;
  readonly handle;
  /** How each Update was answered: "done", "ended", "unavailable", or the code of a refusal. */
  readonly updates: { action: OperatorAction; answer: Promise<string> }[] = [];
  readonly productId: string;
  readonly userId: string;
  #answer: Promise<{ status: number; body: OrderAnswer }> | undefined;
  #repairs: (() => Promise<void>)[] = [];

  constructor(
    readonly stack: Stack,
    readonly path: Path,
    /** Whether customer and product are its own, to be changed without harm to others. */
    readonly isAlone = false,
  ) {
    this.userId = path.userId ?? (isAlone ? `user-${this.key}` : 'ana');
    this.productId = isAlone ? `P-${this.key}` : 'P-1001';
    this.orderId = orderIdFor(this.userId, this.key);
    this.handle = stack.client.workflow.getHandle(orderWorkflowId(this.orderId));
  }

  /** Sends the customer's request; its answer is not waited for. */
  async place(): Promise<void> {
    if (this.isAlone) await this.#settleIn();
    for (const { service, ...rule } of this.path.faults?.(this) ?? []) {
      this.#repairs.push(await fault(this.stack, service, rule));
    }
    this.#answer = this.#request();
    this.#answer.catch(() => undefined);
    const endHold = await this.path.hold?.(this);
    if (endHold) this.#repairs.push(endHold);
  }

  get answer(): Promise<{ status: number; body: OrderAnswer }> {
    if (this.#answer === undefined) throw new Error('the order is not placed');
    return this.#answer;
  }

  /** Takes away whatever keeps this order from going on. */
  async repair(): Promise<void> {
    for (const repair of this.#repairs.splice(0)) await repair();
  }

  /** Does what an operator does. An Update is under way when this resolves, and not yet answered. */
  async act(action: OperatorAction, way: Way, more: OperatorInput = {}): Promise<void> {
    const { stack, orderId } = this;
    const input = { by: 'olga', ...evidence[action], ...more };
    if (way === 'update') {
      // What the server did not take promises nothing.
      const answer = update(stack, orderId, action, input).catch((error: unknown) => {
        if (isGrpcServiceError((error as Error).cause)) return 'unavailable';
        throw error;
      });
      answer.catch(() => undefined);
      this.updates.push({ action, answer });
      // Answered after the Update has arrived, as both go the same way.
      await this.handle.describe();
    } else {
      await signal(stack, orderId, action, input);
    }
  }

  /** Changes what a downstream service says of the customer or the product. */
  async change(service: 'auth' | 'products' | 'inventory', change: object): Promise<void> {
    const path = {
      auth: `users/${this.userId}`,
      products: `products/${this.productId}`,
      inventory: `stock/${this.productId}`,
    }[service];
    const answer = await fetch(`${this.stack.simulators.urls[service]}/admin/${path}`, {
      method: 'PUT',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(change),
    });
    if (!answer.ok) throw new Error(`${path} was not changed: ${await answer.text()}`);
  }

  async #settleIn(): Promise<void> {
    await this.change('auth', {});
    await this.change('products', { name: 'Mug', price: 19.99 });
    await this.change('inventory', { available: this.path.stock ?? 10 });
  }

  async #request() {
    const response = await request(this.stack, '/api/orders', {
      method: 'POST',
      body: orderBody({
        items: [{ productId: this.productId, quantity: 2 }],
        ...this.path.body,
      }),
      sub: this.userId,
      headers: { 'Idempotency-Key': this.key },
    });
    return { status: response.status, body: (await response.json()) as OrderAnswer };
  }
}

const evidence: Partial<Record<OperatorAction, OperatorInput>> = {
  confirmPayment: { transactionId: 'tx-outside', note: 'seen on the bank statement' },
  confirmRefund: { transactionId: 'refund-outside', note: 'sent by hand' },
  cancelOrder: { reason: 'changed my mind' },
};
