import { setHandler } from '@temporalio/workflow';
import {
  type BulkSteering,
  bulkSteering,
  steeringSignal,
  steeringUpdate,
} from '../../contract/bulk-action.ts';
import { asUpdateFailure, refusalOf } from '../steps/refusal-conversion.ts';
import { readSteering } from './bulk-input.ts';
import type { BulkState } from './bulk-state.ts';

const descriptions: Readonly<Record<BulkSteering, string>> = {
  suspend: 'Tell no more orders until it is resumed. Input: empty, or {"by": "you", "note": "why"}',
  resume: 'Go on, a few orders first. Input: empty, or {"perSecond": 20, "by": "you"}',
  stop: 'End it here. Input: empty, or {"by": "you", "note": "why"}',
};

/** What people do to an action on many; each as an Update and as a Signal. */
export function offerSteering(state: BulkState): void {
  for (const name of Object.keys(bulkSteering) as BulkSteering[]) {
    const description = descriptions[name];
    const steer = (input: unknown) => apply(name, state, input);
    setHandler(steeringUpdate(name), async (input) => steer(input), {
      description,
      validator: (input) => {
        const refusal = refusalOf(() => readSteering(input));
        if (refusal !== undefined) throw asUpdateFailure(refusal);
      },
    });
    const steerOrNote = (input: unknown) => {
      const refusal = refusalOf(() => steer(input));
      if (refusal !== undefined) state.note(`${name} was ignored: ${refusal.message}`);
    };
    setHandler(steeringSignal(name), steerOrNote, { description });
  }
}

function apply(name: BulkSteering, state: BulkState, input: unknown): void {
  const { by, note, perSecond } = readSteering(input);
  const who = note === undefined ? `by ${by}` : `by ${by}, "${note}"`;
  if (name === 'suspend') state.suspend(who);
  else if (name === 'stop') state.stop(who);
  else state.resume(perSecond);
}
