import type { OperatorAction } from '../contract.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Attention } from './attention.ts';
import { recorded, until } from './handler-waits.ts';
import type { OperatorRequest } from './operator-input.ts';
import type { OrderRecord } from './order-record.ts';
import type { StepName } from './recipes.ts';
import { SOMEONE } from './text-input.ts';

interface Wishes {
  cancel: { reason: string; by: string };
  ship: { carrier?: string; trackingNumber?: string; by: string };
  confirmation: { transactionId: string; note?: string; by: string };
}

interface Rule {
  /** Why it cannot be done now; undefined when it can. */
  refuse(request: OperatorRequest): string | undefined;
  apply(request: OperatorRequest): void;
  done(): boolean;
}

const writes: readonly StepName[] = [
  'createOrder',
  'recordTransition',
  'recordPayment',
  'recordNote',
];

/**
 * What customers and operators want of an order, and whether it can be had now. The first of
 * shipping and cancelling wins; the other is refused from then on.
 */
export class Requests {
  cancel: Wishes['cancel'] | undefined;
  ship: Wishes['ship'] | undefined;
  confirmation: Wishes['confirmation'] | undefined;
  /** Whether the payment is unknown or pending, so that evidence from outside may settle it. */
  paymentIsOpen = false;
  /** Whether the order has begun to undo itself, for whatever reason. */
  isEnding = false;

  onCancel: (() => void) | undefined;
  onConfirmation: (() => void) | undefined;

  readonly #rules: Readonly<Record<OperatorAction, Rule>>;

  constructor(
    readonly order: OrderRecord,
    readonly attention: Attention,
  ) {
    this.#rules = {
      retry: {
        refuse: () => (attention.needed ? undefined : 'the order is not parked'),
        apply: ({ by, note }) => {
          void order.note(`retry${note ? `: ${note}` : ''}`, by);
          attention.retryAll();
        },
        done: () => true,
      },
      cancelOrder: {
        refuse: () => this.#whyNotCancel(),
        apply: ({ by, reason, note }) => {
          this.cancel ??= { by, reason: reason ?? note ?? 'cancelled on request' };
          this.onCancel?.();
          attention.retryAll();
        },
        done: () => order.status === 'CANCELADO' || (this.isEnding && !order.exists),
      },
      confirmPayment: {
        refuse: ({ transactionId }) => {
          if (!this.paymentIsOpen) return 'the payment is neither unknown nor pending';
          if (transactionId === undefined) return 'transactionId is missing';
          // Whoever confirms the same again waits with the first.
          const confirmed = this.confirmation?.transactionId ?? transactionId;
          return confirmed === transactionId
            ? undefined
            : `the payment is confirmed as ${confirmed}`;
        },
        apply: ({ by, transactionId = '', note }) => {
          this.confirmation ??= { by, transactionId, note };
          this.onConfirmation?.();
        },
        done: () => order.status !== 'CREADO',
      },
      confirmRefund: {
        refuse: () => 'no money is owed',
        apply: () => undefined,
        done: () => true,
      },
      markShipped: {
        refuse: () => this.#whyNotShip(),
        apply: ({ by, carrier, trackingNumber }) => {
          this.ship = { by, carrier, trackingNumber };
        },
        done: () => order.status === 'ENVIADO',
      },
    };
  }

  /** Throws Refusal precondition_failed or illegal_transition when it cannot be done now. */
  assertPossible(action: OperatorAction, request: OperatorRequest): void {
    const { expectedVersion } = request;
    const version = this.#versionByNow();
    // A version that is still being written is known to readers before it is known here.
    if (expectedVersion !== undefined && !(Number(expectedVersion) >= version)) {
      throw new Refusal('precondition_failed', `The order is at version ${version} by now`);
    }
    const why = this.#rules[action].refuse(request);
    if (why !== undefined) throw new Refusal('illegal_transition', why);
  }

  apply(action: OperatorAction, request: OperatorRequest): void {
    this.#rules[action].apply(request);
  }

  /**
   * Does it once the history says that it was accepted: a write is not undone when a task is lost.
   * Throws Refusal when the order has moved on meanwhile, and it cannot be done any more.
   */
  async applyRecorded(action: OperatorAction, request: OperatorRequest): Promise<void> {
    const { isEnding } = this;
    await recorded();
    this.assertPossible(action, request);
    // That the customer has paid says nothing about the refund that may be asked about by now.
    if (action === 'confirmPayment' && this.isEnding !== isEnding) {
      throw new Refusal('illegal_transition', 'the order is being cancelled');
    }
    this.apply(action, request);
  }

  /** A cancellation requested in the Web UI, also in a batch, is an order to cancel. */
  cancelFromWebUi(): void {
    const request = { by: SOMEONE, reason: 'cancellation requested' };
    const why = this.#whyNotCancel();
    if (why === undefined) this.apply('cancelOrder', request);
    else this.attention.note(`the cancellation was ignored: ${why}`);
  }

  async done(action: OperatorAction): Promise<void> {
    await until(() => this.#rules[action].done());
  }

  /** What others just did counts, unless its note waits for a write that is itself stuck. */
  #versionByNow(): number {
    const { order, attention } = this;
    const isStuck = writes.some((step) => attention.isStuckAt(step));
    return isStuck ? order.version : order.nextVersion;
  }

  #whyNotCancel(): string | undefined {
    if (this.order.status === 'ENVIADO' || this.ship !== undefined) return 'the order is shipped';
    // Whoever asks again waits with the first.
    if (this.cancel !== undefined) return undefined;
    return this.isEnding || this.order.status === 'CANCELADO'
      ? 'the order is cancelled'
      : undefined;
  }

  #whyNotShip(): string | undefined {
    if (this.cancel !== undefined || this.isEnding) return 'the order is being cancelled';
    if (this.ship !== undefined) return 'the order is shipped';
    return this.order.status === 'PAGADO' ? undefined : `the order is ${this.order.status}`;
  }
}
