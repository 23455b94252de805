import { randomUUID } from 'node:crypto';
import {
  type Client,
  WithStartWorkflowOperation,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import {
  awaitPayment,
  awaitPlacement,
  type OperatorAction,
  type OperatorInput,
  ORDER_WORKFLOW,
  type OrderInput,
  orderWorkflowId,
} from '../../contract/order.ts';
import { Problem, unavailable } from '../problems/problem.ts';
import { isGone, isTimeout, refusalOf, temporalProblem } from '../problems/temporal-problem.ts';
import {
  type ActionProgress,
  type ActionUpdate,
  KEPT_FOR_QUESTIONS,
  OrderActions,
  QUESTION_MS,
} from './order-actions.ts';
import { type OrderWorkflow, type StartedBy, startOptions } from './workflow-start.ts';

interface Options {
  client: Client;
  taskQueue: string;
  deadlineMs: number;
  /** Ends long waits with an answer. */
  stopping?: AbortSignal;
  /** Where operators see the Web UI; links are relative without it. */
  uiUrl?: string | undefined;
}

/**
 * How far placing an order came: "settled", or "pending" when it was not by the deadline, and goes
 * on; and whether another request had begun it.
 */
export interface PlacementOutcome {
  state: 'settled' | 'pending';
  isRepeat: boolean;
}

type Request = Pick<OrderInput, 'orderId' | 'requestHash'>;

/** The orders' workflows, as the API addresses them. Every call ends within its deadline. */
export class OrderWorkflows {
  readonly #actions: OrderActions;

  constructor(readonly options: Options) {
    this.#actions = new OrderActions(options);
  }

  /** Starts the order's workflow, or joins the one that runs. Throws Problem for a refusal. */
  async place(input: OrderInput, waitMs = this.options.deadlineMs): Promise<PlacementOutcome> {
    const { client, taskQueue } = this.options;
    const { requestHash } = input;
    const attempt = randomUUID();
    const startWorkflowOperation = new WithStartWorkflowOperation<OrderWorkflow>(ORDER_WORKFLOW, {
      ...startOptions(input, taskQueue, { requestHash, attempt }),
      workflowIdConflictPolicy: 'USE_EXISTING',
    });
    return this.#placement(input, attempt, waitMs, () =>
      client.workflow.executeUpdateWithStart(awaitPlacement, {
        startWorkflowOperation,
        // Equal requests share one Update; another body gets one of its own, which is refused.
        updateId: requestHash,
        args: [{ requestHash, attempt }],
      }),
    );
  }

  /** Whether the order's workflow runs, also one that has recorded nothing yet. */
  async isRunning(orderId: string): Promise<boolean> {
    try {
      const { status } = await this.options.client.withDeadline(Date.now() + QUESTION_MS, () =>
        this.#handle(orderId).describe(),
      );
      return status.name === 'RUNNING';
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return false;
      throw temporalProblem(error);
    }
  }

  /** Waits with the first request for an order that is recorded: it never starts a workflow. */
  async rejoin(request: Request, waitMs = this.options.deadlineMs): Promise<PlacementOutcome> {
    const { orderId, requestHash } = request;
    return this.#placement(request, undefined, waitMs, async () => {
      const args: [{ requestHash: string }] = [{ requestHash }];
      await this.#handle(orderId).executeUpdate(awaitPlacement, { updateId: requestHash, args });
      return undefined;
    });
  }

  /** Starts the order's workflow, and waits for nothing that it does. */
  async start(input: OrderInput): Promise<PlacementOutcome> {
    const { client, taskQueue, deadlineMs } = this.options;
    const startedBy = { requestHash: input.requestHash, attempt: randomUUID() };
    try {
      await client.withDeadline(Date.now() + deadlineMs * (1 - KEPT_FOR_QUESTIONS), () =>
        client.workflow.start<OrderWorkflow>(ORDER_WORKFLOW, {
          ...startOptions(input, taskQueue, startedBy),
          workflowIdConflictPolicy: 'FAIL',
        }),
      );
      return { state: 'pending', isRepeat: false };
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw temporalProblem(error);
      const { isRunning } = await this.#startedBy(input, deadlineMs);
      return isRunning ? { state: 'pending', isRepeat: true } : this.place(input);
    }
  }

  /**
   * Waits for what becomes of the payment, so long at most, and no longer than the API goes on: then
   * the order says it. Throws Problem when the order was not even placed.
   */
  async awaitPayment(orderId: string, waitMs: number): Promise<void> {
    const handle = this.#handle(orderId);
    const { client, stopping = new AbortController().signal } = this.options;
    try {
      await client.withDeadline(Date.now() + waitMs, () =>
        client.withAbortSignal(stopping, () =>
          handle.executeUpdate(awaitPayment, { updateId: 'payment' }),
        ),
      );
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal !== undefined) throw refusal;
    }
  }

  /** Has an order do something, or joins the request with the same id. Throws Problem for a refusal. */
  perform(request: ActionUpdate): Promise<ActionProgress> {
    return this.#actions.perform(request);
  }

  /** As `perform`, for a request without repeats. Throws Problem also when the order has ended. */
  async act(
    orderId: string,
    action: OperatorAction,
    input: OperatorInput,
    waitMs?: number,
  ): Promise<'done' | 'pending'> {
    const progress = await this.#actions.perform({ orderId, action, input }, waitMs);
    if (progress !== 'ended') return progress;
    throw new Problem('illegal_transition', 'The order has come to its end');
  }

  async #placement(
    request: Request,
    attempt: string | undefined,
    waitMs: number,
    wait: () => Promise<string | undefined>,
  ): Promise<PlacementOutcome> {
    const end = Date.now() + waitMs * (1 - KEPT_FOR_QUESTIONS);
    try {
      const first = await this.options.client.withDeadline(end, wait);
      return { state: 'settled', isRepeat: attempt === undefined || first !== attempt };
    } catch (error) {
      if (isGone(error)) return { state: 'settled', isRepeat: true };
      const hasEnded = error instanceof WorkflowExecutionAlreadyStartedError;
      if (!hasEnded && !isTimeout(error)) throw temporalProblem(error);
      const startedBy = await this.#startedBy(request, waitMs);
      const isRepeat = attempt === undefined || startedBy.attempt !== attempt;
      return { state: hasEnded ? 'settled' : 'pending', isRepeat };
    }
  }

  /** Looks who started an order's workflow. Throws Problem when it was for another body. */
  async #startedBy({ orderId, requestHash }: Request, waitMs: number) {
    const questionMs = Math.max(waitMs * KEPT_FOR_QUESTIONS, QUESTION_MS);
    const description = await this.options.client
      .withDeadline(Date.now() + questionMs, () => this.#handle(orderId).describe())
      .catch((error: unknown) => {
        throw unavailable('Orders are temporarily not taken', error);
      });
    const memo = description.memo as Partial<StartedBy> | undefined;
    if (memo?.requestHash !== undefined && memo.requestHash !== requestHash) {
      throw new Problem('idempotency_key_reused');
    }
    return {
      attempt: memo?.attempt,
      isRunning: ['RUNNING', 'PAUSED'].includes(description.status.name),
    };
  }

  #handle(orderId: string) {
    return this.options.client.workflow.getHandle(orderWorkflowId(orderId));
  }
}
