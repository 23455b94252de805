import { setDefaultSignalHandler, setHandler } from '@temporalio/workflow';
import {
  type OperatorAction,
  type OperatorInput,
  operatorSignal,
  operatorUpdate,
} from '../../contract/order.ts';
import { isFinal } from '../../domain/order-status.ts';
import { Refusal } from '../../domain/refusal.ts';
import { until } from '../order/handler-waits.ts';
import { asUpdateFailure, refusalOf } from '../steps/refusal-conversion.ts';
import type { StepName } from '../steps/step-options.ts';
import type { ActionContext } from './action.ts';
import { type ActionRequest, readActionInput } from './action-input.ts';
import { actions } from './actions.ts';
import { SOMEONE } from './text-input.ts';

/**
 * Offers every action as an Update, which answers or refuses, and as a Signal, which is ignored at
 * the wrong time, with a note for whoever looks. What follows from either is a regular activity:
 * the history has the action before anything is done about it.
 */
export function offerActions(context: ActionContext): void {
  for (const name of Object.keys(actions) as OperatorAction[]) {
    const { description } = actions[name];
    setHandler(operatorUpdate(name), (input) => asUpdate(() => update(context, name, input)), {
      description,
      validator: (input?: OperatorInput) => {
        const refusal = refusalOf(() => check(context, name, input));
        if (refusal !== undefined) throw asUpdateFailure(refusal);
      },
    });
    setHandler(operatorSignal(name), (input) => signal(context, name, input), { description });
  }
  setDefaultSignalHandler((name) => {
    const known = Object.keys(actions).join(', ');
    context.stuck.note(`signal ${name.slice(0, 40)} is not known; there are ${known}`);
  });
}

/** A cancellation requested in the Web UI, also in a batch, is an order to cancel. */
export function cancelFromWebUi(context: ActionContext): void {
  signal(context, 'cancelOrder', { by: SOMEONE, reason: 'cancellation requested' });
}

function signal(context: ActionContext, name: OperatorAction, input: unknown): void {
  const refusal = refusalOf(() => actions[name].apply(context, check(context, name, input)));
  if (refusal !== undefined) context.stuck.note(`${name} was ignored: ${refusal.message}`);
}

/** Others may have acted since the validator looked, in the same workflow task. */
async function update(context: ActionContext, name: OperatorAction, input: unknown) {
  const { order } = context;
  const action = actions[name];
  const request = check(context, name, input);
  action.apply(context, request);
  const isMoot = () => !action.outlastsOrder && isFinal(order.status);
  await until(() => action.isDone(context, request) || isMoot());
  if (action.isDone(context, request)) return;
  throw new Refusal('illegal_transition', `the order is ${order.status}`);
}

/** Throws Refusal precondition_failed or illegal_transition when it cannot be done now. */
function check(context: ActionContext, name: OperatorAction, input: unknown): ActionRequest {
  const request = readActionInput(input);
  const version = versionByNow(context);
  // A version that is still being written is known to readers before it is known here.
  if (request.expectedVersion !== undefined && !(Number(request.expectedVersion) >= version)) {
    throw new Refusal('precondition_failed', `The order is at version ${version} by now`);
  }
  const why = actions[name].refuse(context, request);
  if (why !== undefined) throw new Refusal('illegal_transition', why);
  return request;
}

const writes: readonly StepName[] = [
  'placeOrder',
  'recordTransition',
  'recordPayment',
  'recordNote',
  'recordAddress',
];

/** What others just did counts, unless its note waits for a write that is itself stuck. */
function versionByNow({ order, stuck }: ActionContext): number {
  return writes.some((step) => stuck.isStuckAt(step)) ? order.version : order.nextVersion;
}

async function asUpdate(run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    throw error instanceof Refusal ? asUpdateFailure(error) : error;
  }
}
