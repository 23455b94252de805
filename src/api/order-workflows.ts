import {
  type Client,
  isGrpcServiceError,
  ServiceError,
  WithStartWorkflowOperation,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import {
  awaitPlacement,
  type OperatorAction,
  type OperatorInput,
  ORDER_WORKFLOW,
  type OrderInput,
  type OrderOutcome,
  operatorUpdate,
  orderWorkflowId,
  searchAttributes,
} from '../contract.ts';
import { isProblemCode } from '../domain/problems.ts';
import { Problem, unavailable } from './problem.ts';

interface Options {
  client: Client;
  taskQueue: string;
  deadlineMs: number;
}

/** The orders' workflows, as the API addresses them. Every call ends within the deadline. */
export class OrderWorkflows {
  constructor(readonly options: Options) {}

  /**
   * Starts the order's workflow, or joins the one that runs, and waits until the order is placed.
   * "pending" when it is not placed by the deadline: it proceeds, and the customer can look.
   * Throws Problem for a refusal.
   */
  async place(input: OrderInput, updateId: string): Promise<'placed' | 'pending'> {
    const { client, taskQueue } = this.options;
    const startWorkflowOperation = new WithStartWorkflowOperation<
      (input: OrderInput) => Promise<OrderOutcome>
    >(ORDER_WORKFLOW, {
      workflowId: orderWorkflowId(input.orderId),
      taskQueue,
      args: [input],
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      workflowTaskTimeout: '3s',
      staticSummary: `${input.items.length} items, payment by ${input.paymentMethod}`,
      typedSearchAttributes: [
        { key: searchAttributes.orderStatus, value: 'CREADO' },
        { key: searchAttributes.customerId, value: input.userId },
      ],
    });
    try {
      await this.#withinDeadline(() =>
        client.workflow.executeUpdateWithStart(awaitPlacement, {
          startWorkflowOperation,
          updateId,
          args: [{ requestHash: input.requestHash }],
        }),
      );
      return 'placed';
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) return 'placed';
      if (!(error instanceof WorkflowUpdateRPCTimeoutOrCancelledError)) throw asProblem(error);
      await this.#assertExists(input.orderId);
      return 'pending';
    }
  }

  /** Does what an operator does, and answers when it is done. Throws Problem for a refusal. */
  async act(orderId: string, action: OperatorAction, input: OperatorInput): Promise<void> {
    const handle = this.options.client.workflow.getHandle(orderWorkflowId(orderId));
    const update = operatorUpdate(action);
    try {
      await this.#withinDeadline(() => handle.executeUpdate(update, { args: [input] }));
    } catch (error) {
      throw asProblem(error);
    }
  }

  async #assertExists(orderId: string): Promise<void> {
    try {
      await this.#withinDeadline(() =>
        this.options.client.workflow.getHandle(orderWorkflowId(orderId)).describe(),
      );
    } catch {
      throw unavailable('Orders cannot be taken for a moment');
    }
  }

  #withinDeadline<T>(call: () => Promise<T>): Promise<T> {
    return this.options.client.withDeadline(Date.now() + this.options.deadlineMs, call);
  }
}

function asProblem(error: unknown): unknown {
  if (error instanceof WorkflowUpdateFailedError) {
    const { cause } = error;
    if (cause instanceof ApplicationFailure && isProblemCode(cause.type)) {
      const details = cause.details?.[0] as Record<string, unknown> | undefined;
      return new Problem(cause.type, cause.message, details);
    }
    return new Problem('illegal_transition', 'The order came to its end meanwhile');
  }
  if (error instanceof WorkflowNotFoundError) {
    return new Problem('illegal_transition', 'The order has come to its end');
  }
  const outage =
    error instanceof WorkflowUpdateRPCTimeoutOrCancelledError ||
    error instanceof ServiceError ||
    isGrpcServiceError(error);
  return outage ? unavailable('Orders cannot be changed for a moment') : error;
}
