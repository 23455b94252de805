import { upsertSearchAttributes } from '@temporalio/workflow';
import { chargeKey } from '../../contract/idempotency-keys.ts';
import type { OrderSoFar } from '../../contract/imported-order.ts';
import { type OrderInput, searchAttributes, shipBy } from '../../contract/order.ts';
import { addressChanged, orderCreated, orderEvent, transitionEvents } from '../../domain/events.ts';
import type { Address, PaymentStatus } from '../../domain/order.ts';
import { orderNumberOf } from '../../domain/order-number.ts';
import type { OrderStatus } from '../../domain/order-status.ts';
import type {
  PaymentRecord,
  RecordedState,
  RecordedTransition,
  SoldLines,
} from '../../domain/records.ts';
import type { MeansOfPayment } from '../actions/intents.ts';
import type { StuckState } from '../stuck/stuck-state.ts';
import type { EventQueue } from './event-queue.ts';
import type { Happening } from './order-details.ts';

/** What the workflow knows of the record of its order; it changes by what a write has answered. */
export class OrderState {
  /** 0 when nothing is recorded; undefined while nobody knows. */
  #version: number | undefined;
  #status: OrderStatus = 'CREADO';
  #sold: SoldLines | undefined;
  #payment: PaymentRecord | undefined;
  #orderNumber: string;
  #attempt = 1;
  #means: MeansOfPayment;
  #shippingAddress: Address;
  readonly #happened: Happening[] = [];

  constructor(
    readonly input: OrderInput,
    readonly events: EventQueue,
    readonly stuck: StuckState,
    soFar?: OrderSoFar,
  ) {
    this.#means = input;
    this.#orderNumber = soFar?.orderNumber ?? orderNumberOf(input.orderId);
    this.#shippingAddress = input.shippingAddress;
    if (soFar === undefined) return;
    this.#version = soFar.version;
    this.#status = soFar.status;
    this.#sold = soFar.priced;
    this.#payment = soFar.payment;
  }

  get status(): OrderStatus {
    return this.#status;
  }

  get version(): number {
    return this.#version ?? 0;
  }

  /** Undefined while nobody knows whether the order is recorded. */
  get knownVersion(): number | undefined {
    return this.#version;
  }

  /** Whether it is known that the order was never recorded. */
  get isAbsent(): boolean {
    return this.#version === 0;
  }

  /** What was recorded is what is charged. */
  get sold(): SoldLines {
    if (this.#sold === undefined) throw new Error('the order is not priced yet');
    return this.#sold;
  }

  /** Undefined while it is not priced. */
  get soldSoFar(): SoldLines | undefined {
    return this.#sold;
  }

  get shippingAddress(): Address {
    return this.#shippingAddress;
  }

  get orderNumber(): string {
    return this.#orderNumber;
  }

  get payment(): PaymentRecord | undefined {
    return this.#payment;
  }

  get paymentStatus(): PaymentStatus | undefined {
    return this.#payment?.paymentStatus;
  }

  /** The key of the present attempt to pay, at Payments. */
  get chargeKey(): string {
    return chargeKey(this.input.orderId, this.#attempt);
  }

  /** How many attempts to pay there are, the present one included. */
  get attempt(): number {
    return this.#attempt;
  }

  get means(): MeansOfPayment {
    return this.#means;
  }

  /** Begins another attempt to pay, after the one before has failed. */
  payWith(means: MeansOfPayment): void {
    this.#attempt += 1;
    this.#means = means;
    this.#payment = undefined;
  }

  get transactionId(): string | undefined {
    return this.#payment?.transactionId;
  }

  /** What was done, oldest first. */
  get happened(): readonly Happening[] {
    return this.#happened;
  }

  /** Notes what became of the payment; it is written together with the next status. */
  expectPayment(paymentStatus: PaymentStatus, transactionId?: string): void {
    const { totalAmount: amount, currency } = this.sold;
    this.#payment = {
      transactionId: transactionId ?? this.#payment?.transactionId,
      idempotencyKey: this.#payment?.idempotencyKey ?? this.chargeKey,
      paymentMethod: this.#means.paymentMethod,
      paymentStatus,
      amount,
      currency,
    };
    this.stuck.refresh();
  }

  /** What is about to be recorded: until that has an answer, nobody knows whether it is. */
  protected price(sold: SoldLines): void {
    if (this.#version === 0) this.#version = undefined;
    this.#sold = sold;
  }

  protected goOnFrom(recorded: RecordedState | null): void {
    if (recorded === null) this.#version = 0;
    else this.adopt(recorded);
  }

  /** Goes on from what is recorded; the events of what this workflow did not know leave again. */
  protected adopt(recorded: RecordedState): void {
    const { orderNumber, status, version, createdAt, sold, transitions, moved } = recorded;
    const known = this.version;
    this.#sold = sold;
    this.#attempt = Math.max(this.#attempt, recorded.attempts ?? 1);
    this.#take(orderNumber);
    if (known === 0) {
      this.#happened.push({ at: createdAt, what: 'order placed, its stock is reserved' });
      this.events.add(orderEvent(1, createdAt, orderCreated(this.input, sold)));
      this.events.hold();
    }
    const isUnknown = (change: { version: number }) => change.version > known;
    this.arrive(status, version, transitions.filter(isUnknown));
    if (moved) this.movedTo(moved.shippingAddress, moved.changes.filter(isUnknown));
  }

  protected arrive(status: OrderStatus, version: number, transitions: RecordedTransition[]): void {
    const events = transitions.flatMap((one) => transitionEvents(this.input, this.sold, one));
    if (events.length > 0) this.events.add(...events);
    const isMoved = status !== this.#status;
    this.#status = status;
    this.#version = version;
    this.#happened.push(
      ...transitions.map(({ at, to, comment }) => ({ at, what: `${to}: ${comment}` })),
    );
    this.stuck.refresh();
    if (!isMoved) return;
    const { transactionId } = this;
    upsertSearchAttributes([
      { key: searchAttributes.orderStatus, value: status },
      ...(transactionId ? [{ key: searchAttributes.transactionId, value: transactionId }] : []),
      ...(status === 'PAGADO'
        ? shipBy(this.input.policy)
        : [{ key: searchAttributes.shipBy, value: null }]),
    ]);
  }

  /** It goes there; changes that this workflow did not know have their events. */
  protected movedTo(address: Address, changes: { version: number; at: string }[]): void {
    this.#shippingAddress = address;
    if (changes.length === 0) return;
    this.events.add(...changes.map((change) => addressChanged(this.input, change)));
  }

  /** A person did something; the status stays. */
  protected noted(version: number, happening: Happening): void {
    this.#version = version;
    this.#happened.push(happening);
    this.stuck.refresh();
  }

  /** The number of the order's start was another order's already. */
  #take(orderNumber: string): void {
    if (orderNumber === this.#orderNumber) return;
    this.#orderNumber = orderNumber;
    upsertSearchAttributes([{ key: searchAttributes.orderNumber, value: orderNumber }]);
  }
}
