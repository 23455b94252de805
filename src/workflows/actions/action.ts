import type { AskedFor } from '../../contract/order.ts';
import type { Address, PaymentStatus } from '../../domain/order.ts';
import type { OrderStatus } from '../../domain/order-status.ts';
import type { Author } from '../../domain/records.ts';
import type { StepName } from '../steps/step-options.ts';
import type { ActionRequest } from './action-input.ts';
import type { Intents } from './intents.ts';

/** What an action may look at and change. */
export interface ActionContext {
  readonly order: {
    readonly status: OrderStatus;
    /** The status that it has, or gets by the write that is under way. */
    readonly nextStatus: OrderStatus;
    readonly version: number;
    /** The version that it has with the notes that are still being written. */
    readonly nextVersion: number;
    /** What is known of its payment; undefined while nothing is. */
    readonly paymentStatus: PaymentStatus | undefined;
    /** Whether it is known that the order was never recorded. */
    readonly isAbsent: boolean;
    /** Writes to the history what a person did. */
    note(comment: string, author: Author): Promise<void>;
    /** Where it goes, as it is recorded. */
    readonly shippingAddress: Address;
    changeAddress(address: Address, author: Author): Promise<void>;
  };
  readonly stuck: {
    readonly isStuck: boolean;
    isStuckAt(step: StepName): boolean;
    retryAll(asked: AskedFor): void;
    /** Keeps a remark for whoever looks at the order. */
    note(text: string): void;
  };
  readonly intents: Intents;
}

/** All that is to be known of one action that people take on an order. */
export interface Action {
  /** For the list of Signals and Updates in the Web UI: two short lines. */
  readonly description: string;
  /** Markdown for the details of a stuck order. */
  readonly help: string;
  /** Why it cannot be done now; undefined when it can. */
  refuse(context: ActionContext, request: ActionRequest): string | undefined;
  apply(context: ActionContext, request: ActionRequest): void;
  /** Whether it is done and recorded, so that an Update may answer. */
  isDone(context: ActionContext, request: ActionRequest): boolean;
  /** Whether it may still be done when the order has come to its final status. */
  readonly outlastsOrder?: true;
}
