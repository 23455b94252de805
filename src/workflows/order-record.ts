import { CancellationScope, upsertSearchAttributes } from '@temporalio/workflow';
import { type OrderInput, searchAttributes } from '../contract.ts';
import type { OrderSoFar } from '../contract-takeover.ts';
import { type OrderEventData, orderCreated, orderEvent, orderPaid } from '../domain/events.ts';
import type { PaymentStatus, Shipment } from '../domain/order.ts';
import type { OrderStatus } from '../domain/order-status.ts';
import type { PricedOrder } from '../domain/pricing.ts';
import type { OrderTransition, PaymentRecord } from '../domain/records.ts';
import type { EventLane } from './event-lane.ts';
import type { Step } from './step.ts';

/**
 * The order as it stands in MongoDB, and the only way the story changes it there: one write after
 * the other, each of them to its end, whatever is cancelled meanwhile.
 */
export class OrderRecord {
  #version = 0;
  #notesOnTheirWay = 0;
  #status: OrderStatus = 'CREADO';
  #priced: Omit<PricedOrder, 'pricing'> | undefined;
  #payment: PaymentRecord | undefined;
  #lastWrite: Promise<unknown> = Promise.resolve();

  constructor(
    readonly input: OrderInput,
    readonly step: Step,
    readonly events: EventLane,
    soFar?: OrderSoFar,
  ) {
    if (soFar === undefined) return;
    this.#version = soFar.version;
    this.#status = soFar.status;
    this.#priced = soFar.priced;
    this.#payment = soFar.payment;
  }

  get exists(): boolean {
    return this.#version > 0;
  }

  get status(): OrderStatus {
    return this.#status;
  }

  get version(): number {
    return this.#version;
  }

  /** The version that it has with the notes that are still on their way. */
  get nextVersion(): number {
    return this.#version + this.#notesOnTheirWay;
  }

  get priced(): Omit<PricedOrder, 'pricing'> {
    if (this.#priced === undefined) throw new Error('the order is not priced yet');
    return this.#priced;
  }

  async create(priced: PricedOrder): Promise<void> {
    const { policy, pricing, paymentToken, ...order } = this.input;
    this.#priced = priced;
    await this.#write(async () => {
      const createdAt = new Date().toISOString();
      await this.step('createOrder', [{ ...order, ...priced, createdAt }]);
      this.#version = 1;
      this.#publish(createdAt, orderCreated(order, priced));
    });
  }

  async paid(payment: { transactionId: string; comment: string; by: string }): Promise<void> {
    const { transactionId, comment, by } = payment;
    this.expectPayment('completed', transactionId);
    await this.#move('PAGADO', { comment, by }, [orderPaid(this.input, this.priced)]);
  }

  async shipped({ by, ...shipment }: Shipment & { by: string }): Promise<void> {
    await this.#move('ENVIADO', { comment: 'shipped', by, shipment });
  }

  async cancelled(reason: string, by: string): Promise<void> {
    await this.#move('CANCELADO', { comment: reason, by, cancellation: { reason, by } });
  }

  /** Notes what became of the payment; it is written together with the next status. */
  expectPayment(paymentStatus: PaymentStatus, transactionId?: string): void {
    const { totalAmount: amount, currency } = this.priced;
    this.#payment = {
      transactionId: transactionId ?? this.#payment?.transactionId,
      idempotencyKey: this.#payment?.idempotencyKey ?? `${this.input.orderId}:charge`,
      paymentMethod: this.input.paymentMethod,
      paymentStatus,
      amount,
      currency,
    };
  }

  /** Writes what became of the payment, while the status stays. */
  async recordPayment(paymentStatus: PaymentStatus, transactionId?: string): Promise<void> {
    this.expectPayment(paymentStatus, transactionId);
    await this.#write(async () => {
      const payment = this.#payment;
      if (payment?.paymentStatus !== paymentStatus) return;
      const at = new Date().toISOString();
      await this.step('recordPayment', [{ orderId: this.input.orderId, at, payment }]);
    });
  }

  /** Writes what an operator did to the history; the status stays. */
  async note(comment: string, by: string): Promise<void> {
    this.#notesOnTheirWay += 1;
    await this.#write(async () => {
      try {
        if (!this.exists) return;
        const { orderId } = this.input;
        const [version, status] = [this.#version + 1, this.#status];
        const at = new Date().toISOString();
        await this.step('recordNote', [{ orderId, version, status, at, comment, by }]);
        this.#version = version;
      } finally {
        this.#notesOnTheirWay -= 1;
      }
    });
  }

  /** Resolves when every write is done, also those that are wanted meanwhile. */
  async written(): Promise<void> {
    for (let last: unknown; last !== this.#lastWrite; ) {
      last = this.#lastWrite;
      await last;
    }
  }

  async #move(
    to: OrderStatus,
    change: Pick<OrderTransition, 'comment' | 'by' | 'shipment' | 'cancellation'>,
    events: OrderEventData[] = [],
  ): Promise<void> {
    await this.#write(async () => {
      const { orderId, userId } = this.input;
      const from = this.#status;
      const version = this.#version + 1;
      const at = new Date().toISOString();
      await this.step('recordTransition', [
        { orderId, from, to, version, at, ...change, payment: this.#payment },
      ]);
      this.#version = version;
      this.#status = to;
      this.#publish(at, ...events, {
        type: 'order.status_changed',
        data: { orderId, userId, from, to, comment: change.comment },
      });
      upsertSearchAttributes([{ key: searchAttributes.orderStatus, value: to }]);
    });
  }

  #write(work: () => Promise<void>): Promise<void> {
    const write = () => CancellationScope.nonCancellable(work);
    const written = this.#lastWrite.then(write, write);
    this.#lastWrite = written.catch(() => undefined);
    return written;
  }

  #publish(time: string, ...events: OrderEventData[]): void {
    this.events.add(...events.map((event) => orderEvent(this.#version, time, event)));
  }
}
