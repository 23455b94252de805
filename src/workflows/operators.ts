import { setHandler } from '@temporalio/workflow';
import {
  type OperatorAction,
  type OperatorInput,
  operatorSignal,
  operatorUpdate,
} from '../contract.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Attention } from './attention.ts';
import { readOperatorInput } from './operator-input.ts';
import { asUpdateFailure } from './refusals.ts';
import type { Requests } from './requests.ts';

const descriptions: Record<OperatorAction, string> = {
  retry: 'Try again now what is stuck. Input: empty, or {"by": "you", "note": "why"}',
  cancelOrder: 'Stop and undo: refund, release. Input: empty, or {"by": "you", "reason": "why"}',
  confirmPayment:
    'The customer has paid for sure. Input: {"by": "you", "transactionId": "…", "note": "how you know"}',
  confirmRefund:
    'The customer has the money back for sure. Input: {"by": "you", "transactionId": "…", "note": "how you know"}',
  markShipped:
    'A paid order has left. Input: empty, or {"by": "you", "carrier": "…", "trackingNumber": "…"}',
};

/**
 * Offers every action as an Update, which answers or refuses, and as a Signal, which is ignored at
 * the wrong time, with a note for whoever looks.
 */
export function offerOperatorActions(requests: Requests, attention: Attention): void {
  for (const action of Object.keys(descriptions) as OperatorAction[]) {
    const description = descriptions[action];
    setHandler(
      operatorUpdate(action),
      async (input) => {
        await requests.applyRecorded(action, readOperatorInput(input)).catch(fail);
        await requests.done(action);
      },
      {
        description,
        validator: (input?: OperatorInput) => refusing(() => check(action, input), fail),
      },
    );
    setHandler(
      operatorSignal(action),
      (input) =>
        refusing(
          () => requests.apply(action, check(action, input)),
          (refusal) => attention.note(`signal ${action} was ignored: ${refusal.message}`),
        ),
      { description },
    );
  }

  function check(action: OperatorAction, input: unknown) {
    const request = readOperatorInput(input);
    requests.assertPossible(action, request);
    return request;
  }
}

function fail(error: unknown): never {
  throw error instanceof Refusal ? asUpdateFailure(error) : error;
}

function refusing(run: () => unknown, refused: (refusal: Refusal) => void): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    refused(error);
  }
}
