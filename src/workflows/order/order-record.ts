import type { OrderSoFar } from '../../contract/imported-order.ts';
import type { OrderInput } from '../../contract/order.ts';
import { ADDRESS_CHANGED } from '../../domain/address.ts';
import type { Address, PaymentStatus, Product, Shipment } from '../../domain/order.ts';
import { assertTransition, isFinal, type OrderStatus } from '../../domain/order-status.ts';
import type { PricingNames } from '../../domain/pricing/price-order.ts';
import type { Author, OrderTransition, RecordedState, SoldLines } from '../../domain/records.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { Failure } from '../steps/failure.ts';
import { Conflict, type RunOptions, type Steps } from '../steps/run-step.ts';
import type { StuckState } from '../stuck/stuck-state.ts';
import type { EventQueue } from './event-queue.ts';
import { OrderState } from './order-state.ts';
import { agrees, conflictAdvice, conflictOf } from './record-conflict.ts';
import { WriteQueue } from './write-queue.ts';

type Change = Pick<OrderTransition, 'comment' | 'by' | 'note' | 'shipment' | 'cancellation'>;

/**
 * The order as it stands in MongoDB, and the only way its workflow changes it there: one write
 * after the other, each of them to its end, whatever is cancelled meanwhile.
 */
export class OrderRecord extends OrderState {
  #nextStatus: OrderStatus | undefined;
  #notesUnderWay = 0;
  readonly #writes = new WriteQueue();
  readonly #steps: Steps;

  constructor(
    input: OrderInput,
    steps: Steps,
    events: EventQueue,
    stuck: StuckState,
    soFar?: OrderSoFar,
  ) {
    super(input, events, stuck, soFar);
    this.#steps = steps;
  }

  /**
   * The status that it has, or gets by the write that is under way: readers may see it before this
   * workflow hears of it.
   */
  get nextStatus(): OrderStatus {
    return this.#nextStatus ?? this.status;
  }

  /** The version that it has with what is still being written. */
  get nextVersion(): number {
    const moves = this.nextStatus === this.status ? 0 : 1;
    return this.version + moves + this.#notesUnderWay;
  }

  /**
   * The products that were ordered, of a user who may order. Undefined when an earlier run has
   * recorded the order: then it goes on from there. Throws Refusal: nothing is recorded.
   */
  async check(): Promise<Product[] | undefined> {
    const { orderId, userId, items } = this.input;
    const productIds = items.map((item) => item.productId);
    try {
      const { recorded, products } = await this.#steps.checkOrder({ orderId, userId, productIds });
      this.goOnFrom(recorded ?? null);
      return recorded === undefined ? products : undefined;
    } catch (error) {
      if (error instanceof Refusal) this.goOnFrom(null);
      throw error;
    }
  }

  /** Records the order and reserves its stock. Throws Refusal when there is not enough, or GaveUp. */
  async place(sold: SoldLines & { pricing?: PricingNames }, options: RunOptions): Promise<void> {
    const { policy, pricing, paymentToken, ...order } = this.input;
    const createdAt = new Date().toISOString();
    this.price(sold);
    const placed = await this.#steps.placeOrder({ ...order, ...sold, createdAt }, options);
    this.adopt(placed.recorded);
    if (placed.refusal === undefined) return;
    const { code, message, details } = placed.refusal;
    throw new Refusal(code, message, details);
  }

  /** Keeps why there is no order, for whoever asks later. */
  async refused({ code, message: detail, details }: Refusal): Promise<void> {
    const { orderId, userId, requestHash } = this.input;
    const at = new Date().toISOString();
    await this.#steps.keepRefusal({ orderId, userId, requestHash, code, detail, details, at });
  }

  async paid({ transactionId, ...change }: Change & { transactionId: string }): Promise<void> {
    this.expectPayment('completed', transactionId);
    await this.#move('PAGADO', change);
  }

  async shipped({ by, ...shipment }: Shipment & { by: string }): Promise<void> {
    await this.#move('ENVIADO', { comment: 'shipped', by, shipment });
  }

  async cancelled(reason: string, author: Author): Promise<void> {
    const cancellation = { reason, by: author.by };
    await this.#move('CANCELADO', { comment: reason, ...author, cancellation });
  }

  /** Writes what became of the payment, while the status stays. */
  async recordPayment(paymentStatus: PaymentStatus, transactionId?: string): Promise<void> {
    this.expectPayment(paymentStatus, transactionId);
    await this.#writes.run(async () => {
      const { payment } = this;
      if (payment?.paymentStatus !== paymentStatus) return;
      const at = new Date().toISOString();
      await this.#steps.recordPayment({ orderId: this.input.orderId, at, payment });
    });
  }

  /** Writes what a person did to the history; the status stays. */
  async note(comment: string, author: Author): Promise<void> {
    this.#notesUnderWay += 1;
    await this.#writes.run(async () => {
      try {
        while (this.version > 0) {
          if (await this.#advance((at) => this.#recordNote(at, comment, author))) return;
        }
      } finally {
        this.#notesUnderWay -= 1;
      }
    });
  }

  /** Writes where the order goes from now on, unless it has come to its end; the status stays. */
  async changeAddress(address: Address, author: Author): Promise<void> {
    this.#notesUnderWay += 1;
    await this.#writes.run(async () => {
      try {
        while (this.version > 0 && !isFinal(this.status)) {
          if (await this.#advance((at) => this.#recordAddress(at, address, author))) return;
        }
      } finally {
        this.#notesUnderWay -= 1;
      }
    });
  }

  /**
   * Compares what this workflow knows with what is recorded, before anything is given back. An order
   * that another run has brought further is stuck, until a person agrees to go on from there; a run
   * that knows nothing yet contradicts nothing. Answers whether another run brought it further.
   */
  async compare(): Promise<boolean> {
    let isFurther = false;
    await this.#writes.run(async () => {
      if (this.isAbsent) return;
      const recorded = await this.#load();
      isFurther = !agrees(recorded, this.knownVersion, this.status);
      if (isFurther && this.knownVersion !== undefined) return this.#takeOver(conflictOf(recorded));
      this.goOnFrom(recorded);
      // An attempt to record it may have come half-way.
      if (recorded === null && this.soldSoFar !== undefined) {
        await this.#steps.dropUnrecorded(this.input.orderId);
      }
    });
    return isFurther;
  }

  /** Resolves when every write is done, also those that are wanted meanwhile. */
  async written(): Promise<void> {
    await this.#writes.drained();
  }

  async #move(to: OrderStatus, change: Change): Promise<void> {
    this.#nextStatus = to;
    await this.#writes.run(async () => {
      try {
        while (this.status !== to) {
          assertTransition(this.status, to);
          await this.#advance((at) => this.#recordTransition(at, to, change));
        }
      } finally {
        this.#nextStatus = undefined;
      }
    });
  }

  async #recordTransition(at: string, to: OrderStatus, change: Change): Promise<void> {
    const { orderId } = this.input;
    const [from, version] = [this.status, this.version + 1];
    const { payment } = this;
    await this.#steps.recordTransition({
      ...{ orderId, from, to, version, at, ...change },
      ...(payment && { payment }),
    });
    this.arrive(to, version, [{ version, from, to, comment: change.comment, at }]);
  }

  async #recordNote(at: string, comment: string, author: Author): Promise<void> {
    const { orderId } = this.input;
    const [version, status] = [this.version + 1, this.status];
    await this.#steps.recordNote({ orderId, version, status, at, comment, ...author });
    // Operators read it, in the order's details.
    const what = author.note ? `${comment}: ${author.note}` : comment;
    this.noted(version, { at, what, by: author.by });
  }

  async #recordAddress(at: string, shippingAddress: Address, author: Author): Promise<void> {
    const { orderId } = this.input;
    const [version, status] = [this.version + 1, this.status];
    await this.#steps.recordAddress({ orderId, version, status, at, shippingAddress, ...author });
    this.movedTo(shippingAddress, [{ version, at }]);
    const what = author.note ? `${ADDRESS_CHANGED}: ${author.note}` : ADDRESS_CHANGED;
    this.noted(version, { at, what, by: author.by });
  }

  /**
   * Answers whether it was written; if not, the record has been taken over as it is. The time of a
   * change is decided here, once: the history has it before it is written.
   */
  async #advance(write: (at: string) => Promise<void>): Promise<boolean> {
    try {
      await write(new Date().toISOString());
      return true;
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
      await this.#takeOver(error.failure);
      return false;
    }
  }

  /** Stuck until a person has seen it, and then goes on from what is recorded. */
  async #takeOver(failure: Failure): Promise<void> {
    const known =
      this.version === 0 ? 'not recorded yet' : `${this.status}, version ${this.version}`;
    const advice = conflictAdvice(this.input.orderId, known, failure.message);
    await this.stuck.untilRetried('loadOrder', { ...failure, advice });
    this.goOnFrom(await this.#load());
  }

  async #load(): Promise<RecordedState | null> {
    return this.#steps.loadOrder(this.input.orderId);
  }
}
