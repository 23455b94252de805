import { randomUUID } from 'node:crypto';
import { type Client, isGrpcServiceError } from '@temporalio/client';
import proto from '@temporalio/proto';
import {
  type OperatorAction,
  type OperatorInput,
  operatorUpdate,
  orderWorkflowId,
} from '../../contract/order.ts';
import { isGone, isTimeout, temporalProblem } from '../problems/temporal-problem.ts';

interface Options {
  client: Client;
  deadlineMs: number;
}

/** Something to be done to an order; requests with the same `updateId` are one. */
export interface ActionUpdate {
  orderId: string;
  action: OperatorAction;
  input: OperatorInput;
  updateId?: string | undefined;
}

/**
 * How far an action came: "pending" when it is accepted and not done by the deadline; "ended" when
 * the workflow had ended, or ended before it said what became of the action.
 */
export type ActionProgress = 'done' | 'pending' | 'ended';

/** The part of a wait that is kept for asking why there was no answer, and the least it takes. */
export const KEPT_FOR_QUESTIONS = 0.2;
export const QUESTION_MS = 1_000;

const { UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_ACCEPTED: ACCEPTED } =
  proto.temporal.api.enums.v1.UpdateWorkflowExecutionLifecycleStage;
/** The status of gRPC. */
const NOT_FOUND = 5;

/** What an order's workflow does on request, by Updates. Every call ends within its deadline. */
export class OrderActions {
  constructor(readonly options: Options) {}

  /** Sends a request, or joins the one with the same id. Throws Problem for a refusal. */
  async perform(
    { orderId, action, input, updateId = randomUUID() }: ActionUpdate,
    waitMs = this.options.deadlineMs,
  ): Promise<ActionProgress> {
    const start = Date.now();
    try {
      await this.options.client.withDeadline(start + waitMs * (1 - KEPT_FOR_QUESTIONS), () =>
        this.#handle(orderId).executeUpdate(operatorUpdate(action), { updateId, args: [input] }),
      );
      return 'done';
    } catch (error) {
      if (!isTimeout(error) && !isGone(error)) throw temporalProblem(error);
      const end = Math.max(start + waitMs, Date.now() + QUESTION_MS);
      const progress = await this.#progress(orderId, updateId, end);
      if (progress === undefined && isTimeout(error)) throw temporalProblem(error);
      return progress ?? 'ended';
    }
  }

  /** How far a request came that was sent; undefined when it was not accepted. */
  async #progress(
    orderId: string,
    updateId: string,
    end: number,
  ): Promise<ActionProgress | undefined> {
    const { client } = this.options;
    try {
      const isAccepted = await client.withDeadline(end, () => this.#isAccepted(orderId, updateId));
      if (!isAccepted) return undefined;
      const update = this.#handle(orderId).getUpdateHandle(updateId);
      await client.withDeadline(end, () => update.result());
      return 'done';
    } catch (error) {
      if (isTimeout(error)) return 'pending';
      if (isGone(error)) return 'ended';
      throw temporalProblem(error);
    }
  }

  /** The server keeps what a workflow accepted, also of one that has ended; what it refused is gone. */
  async #isAccepted(orderId: string, updateId: string): Promise<boolean> {
    const { workflowService, options } = this.options.client;
    const workflowExecution = { workflowId: orderWorkflowId(orderId) };
    try {
      // Without a stage to wait for, the answer comes at once.
      const { stage } = await workflowService.pollWorkflowExecutionUpdate({
        namespace: options.namespace,
        updateRef: { workflowExecution, updateId },
      });
      return stage >= ACCEPTED;
    } catch (error) {
      if (isGrpcServiceError(error) && error.code === NOT_FOUND) return false;
      throw error;
    }
  }

  #handle(orderId: string) {
    return this.options.client.workflow.getHandle(orderWorkflowId(orderId));
  }
}
