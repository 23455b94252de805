import { randomUUID } from 'node:crypto';
import { WithStartWorkflowOperation } from '@temporalio/client';
import { v5 as uuidv5 } from 'uuid';
import type { OrderPolicy } from '../../contract/order.ts';
import {
  awaitRefund,
  decisionUpdate,
  REFUND_WORKFLOW,
  type RefundDecision,
  type RefundInput,
  type RefundOutcome,
  type RefundRequest,
  refundWorkflowId,
} from '../../contract/refund.ts';
import { refundStart } from '../../contract/refund-start.ts';
import { TRACE } from '../../contract/trace.ts';
import type { StoredOrder, StoredRefund } from '../../domain/records.ts';
import type { OrderQueries } from '../../store/order-queries.ts';
import { Problem } from '../problems/problem.ts';
import { isGone, isTimeout, temporalProblem } from '../problems/temporal-problem.ts';
import { currentTrace } from './current-trace.ts';
import type { OrderWorkflows } from './order-workflows.ts';

export interface RefundDeps {
  workflows: OrderWorkflows;
  store: OrderQueries;
  policy: OrderPolicy;
}

type Requested = Omit<RefundRequest, 'orderId' | 'refundId'> & { key: string };

/** The answer to a request for a refund; without a refund it is still being set aside. */
export interface RefundAnswer {
  refundId: string;
  refund: StoredRefund | undefined;
  /** Whether an earlier request with the same key asked for it. */
  isRepeat: boolean;
}

type RefundWorkflow = (input: RefundInput) => Promise<RefundOutcome>;

/** Gives money of shipped orders back. Every call ends within its deadline. */
export class Refunds {
  constructor(readonly deps: RefundDeps) {}

  /** Once for each key of an order. Throws Problem for a refusal. */
  async request(order: StoredOrder, { key, ...request }: Requested): Promise<RefundAnswer> {
    const { store, policy } = this.deps;
    const { orderId } = order;
    const refundId = uuidv5(key, orderId);
    const earlier = sameRequest(await store.refund(refundId), request);
    const isRepeat = earlier !== undefined;
    if (earlier?.status === 'refused') throw new Problem('illegal_transition', 'It was refused');
    if (earlier?.status === 'completed') return { refundId, refund: earlier, isRepeat };
    await this.#settled(order, { ...request, orderId, refundId, policy });
    const refund = sameRequest(await store.refund(refundId), request);
    return { refundId, refund, isRepeat };
  }

  /** What a person decided of a refund that waits for it. Answers the refund as it is then. */
  async decide(
    { orderId, refundId, status }: StoredRefund,
    decision: RefundDecision,
    input: { by: string; reason?: string | undefined },
  ): Promise<StoredRefund | undefined> {
    const wanted = decision === 'approve' ? ['pending', 'completed'] : ['refused'];
    if (!wanted.includes(status)) {
      const { client } = this.deps.workflows.options;
      const handle = client.workflow.getHandle(refundWorkflowId(orderId, refundId));
      await this.#inTime(() =>
        handle.executeUpdate(decisionUpdate(decision), {
          updateId: `${decision}:${randomUUID()}`,
          args: [{ by: input.by, ...(input.reason && { reason: input.reason }) }],
        }),
      );
    }
    return this.deps.store.refund(refundId);
  }

  async #settled(order: StoredOrder, input: RefundInput): Promise<void> {
    const { client, taskQueue } = this.deps.workflows.options;
    await this.#inTime(() =>
      client.workflow.executeUpdateWithStart(awaitRefund, {
        startWorkflowOperation: new WithStartWorkflowOperation<RefundWorkflow>(REFUND_WORKFLOW, {
          ...refundStart(input, order, taskQueue),
          memo: { [TRACE]: currentTrace() },
        }),
        updateId: 'settled',
        args: [],
      }),
    );
  }

  /** Ends also when there is no answer in time: then MongoDB says how far it is. */
  async #inTime(call: () => Promise<unknown>): Promise<void> {
    const { client, deadlineMs } = this.deps.workflows.options;
    try {
      await client.withDeadline(Date.now() + deadlineMs, call);
    } catch (error) {
      if (isTimeout(error)) return;
      if (isGone(error)) throw new Problem('illegal_transition', 'The refund is at its end');
      throw temporalProblem(error);
    }
  }
}

function sameRequest(
  refund: StoredRefund | undefined,
  { requestHash }: Pick<RefundRequest, 'requestHash'>,
): StoredRefund | undefined {
  if (refund !== undefined && refund.requestHash !== requestHash) {
    throw new Problem('idempotency_key_reused');
  }
  return refund;
}
