import { upsertSearchAttributes } from '@temporalio/workflow';
import { type OrderInput, searchAttributes } from '../contract.ts';
import { type OrderEventData, orderCreated, orderEvent, orderPaid } from '../domain/events.ts';
import type { PaymentStatus, Shipment } from '../domain/order.ts';
import type { OrderStatus } from '../domain/order-status.ts';
import type { PricedOrder } from '../domain/pricing.ts';
import type { OrderTransition, PaymentRecord } from '../domain/records.ts';
import type { EventLane } from './event-lane.ts';
import type { Step } from './step.ts';

/** The order as it stands in MongoDB, and the only way the story changes it there. */
export class OrderRecord {
  #version = 0;
  #status: OrderStatus = 'CREADO';
  #priced: PricedOrder | undefined;
  #payment: PaymentRecord | undefined;

  constructor(
    readonly input: OrderInput,
    readonly step: Step,
    readonly events: EventLane,
  ) {}

  get exists(): boolean {
    return this.#version > 0;
  }

  get status(): OrderStatus {
    return this.#status;
  }

  get priced(): PricedOrder {
    if (this.#priced === undefined) throw new Error('the order is not priced yet');
    return this.#priced;
  }

  async create(priced: PricedOrder): Promise<void> {
    const { policy, paymentToken, ...order } = this.input;
    const createdAt = new Date().toISOString();
    this.#priced = priced;
    await this.step('createOrder', [{ ...order, ...priced, createdAt }]);
    this.#version = 1;
    this.#publish(createdAt, orderCreated(order, priced));
  }

  async paid(transactionId: string): Promise<void> {
    this.#payment = this.#paymentAs('completed', transactionId);
    await this.#move('PAGADO', { comment: 'payment captured', by: 'system' }, [
      orderPaid(this.input, this.priced),
    ]);
  }

  /** Notes a definite decline; it is written together with the cancellation. */
  paymentFailed(): void {
    this.#payment = this.#paymentAs('failed');
  }

  async cancelled(reason: string, by: string): Promise<void> {
    await this.#move('CANCELADO', { comment: reason, by, cancellation: { reason, by } });
  }

  async shipped({ by, ...shipment }: Shipment & { by: string }): Promise<void> {
    await this.#move('ENVIADO', { comment: 'shipped', by, shipment });
  }

  async #move(
    to: OrderStatus,
    change: Pick<OrderTransition, 'comment' | 'by' | 'shipment' | 'cancellation'>,
    events: OrderEventData[] = [],
  ): Promise<void> {
    const { orderId, userId } = this.input;
    const from = this.#status;
    const at = new Date().toISOString();
    await this.step('recordTransition', [
      { orderId, from, to, version: this.#version + 1, at, ...change, payment: this.#payment },
    ]);
    this.#version += 1;
    this.#status = to;
    this.#publish(at, ...events, {
      type: 'order.status_changed',
      data: { orderId, userId, from, to, comment: change.comment },
    });
    upsertSearchAttributes([{ key: searchAttributes.orderStatus, value: to }]);
  }

  #publish(time: string, ...events: OrderEventData[]): void {
    this.events.add(...events.map((event) => orderEvent(this.#version, time, event)));
  }

  #paymentAs(paymentStatus: PaymentStatus, transactionId?: string): PaymentRecord {
    const { totalAmount: amount, currency } = this.priced;
    const { orderId, paymentMethod } = this.input;
    return {
      idempotencyKey: `${orderId}:charge`,
      paymentMethod,
      paymentStatus,
      amount,
      currency,
      transactionId,
    };
  }
}
