import type { PaymentMethod } from '../../domain/order.ts';
import type { Author } from '../../domain/records.ts';

export interface CancelIntent extends Author {
  reason: string;
}

export interface ShipIntent {
  carrier?: string;
  trackingNumber?: string;
  by: string;
}

/** With what a customer wants to pay, after another payment was declined. */
export interface MeansOfPayment {
  paymentMethod: PaymentMethod;
  paymentToken?: string;
}

/** What a person knows of money: that it came, or that it was given back. */
export interface Evidence extends Author {
  transactionId: string;
}

/** What evidence would settle: a payment that is unknown or pending, or a refund that is owed. */
export type Subject = 'payment' | 'refund';

/**
 * What customers and operators want of an order. The first of shipping and cancelling stands; the
 * actions refuse the other.
 */
export class Intents {
  #cancel: CancelIntent | undefined;
  #ship: ShipIntent | undefined;
  #isEnding = false;
  #means: MeansOfPayment | undefined;
  /** Whether the order waits for another means of payment. */
  awaitsMeans = false;
  /** Whether the order is held until a person approves it, and whether one has. */
  awaitsReview = false;
  isApproved = false;
  readonly #awaited = new Map<Subject, string | undefined>();
  readonly #evidence: Partial<Record<Subject, Evidence>> = {};

  /** `onCancel` stops going forward; it is there before anything can be asked of the order. */
  constructor(
    readonly onCancel: () => void = () => {},
    public onEvidence: () => void = () => {},
  ) {}

  get cancel(): CancelIntent | undefined {
    return this.#cancel;
  }

  get ship(): ShipIntent | undefined {
    return this.#ship;
  }

  /** Whether the order has begun its compensations, for whatever reason. */
  get isEnding(): boolean {
    return this.#isEnding;
  }

  get isCancelling(): boolean {
    return this.#isEnding || this.#cancel !== undefined;
  }

  end(): void {
    this.#isEnding = true;
  }

  toCancel(intent: CancelIntent): void {
    this.#cancel ??= intent;
    this.onCancel();
  }

  toShip(intent: ShipIntent): void {
    this.#ship ??= intent;
  }

  /** With what to pay next; undefined when nobody has said. */
  get means(): MeansOfPayment | undefined {
    return this.#means;
  }

  /** It is being paid with. */
  meansTaken(): void {
    this.#means = undefined;
  }

  toPayAgain(means: MeansOfPayment): void {
    this.#means ??= means;
  }

  /** Whether evidence of this is asked for. */
  isAwaited(subject: Subject): boolean {
    return this.#awaited.has(subject);
  }

  /** The one transaction that can settle it; undefined when any can. */
  expected(subject: Subject): string | undefined {
    return this.#awaited.get(subject);
  }

  evidenceOf(subject: Subject): Evidence | undefined {
    return this.#evidence[subject];
  }

  /** Asks for evidence; what was said before, about something else, does not count. */
  awaitEvidence(subject: Subject, expected?: string): void {
    delete this.#evidence[subject];
    this.#awaited.set(subject, expected);
  }

  endAwait(subject: Subject): void {
    this.#awaited.delete(subject);
  }

  toSettle(subject: Subject, evidence: Evidence): void {
    this.#evidence[subject] ??= evidence;
    this.onEvidence();
  }
}
