import type { OperatorAction, OperatorInput } from '../../contract/order.ts';
import type { StoredOrder } from '../../domain/records.ts';
import { type ActionInput, apiActions, type Stored } from './api-actions.ts';
import { hashOf } from './request-hash.ts';

/** What somebody wants of an order. */
export interface Intent {
  action: OperatorAction;
  input: ActionInput;
}

export function isDone({ action, input }: Intent, stored: Stored): boolean {
  return apiActions[action].isDone(stored, input);
}

export function whyNot({ action }: Intent, order: StoredOrder): string | undefined {
  return apiActions[action].refuse(order);
}

/**
 * The id of the Update that asks for it. A repeat joins its first request and gets its answer, and
 * however often somebody asks, the workflow counts one Update for each version of the order: it
 * takes 2,000 in all, and operators need theirs. Conditional requests join their like only: the others
 * were not compared with the version. Undefined when each request is a new one.
 */
export function updateIdOf(
  { action, input }: Intent,
  version: number,
  condition: Pick<OperatorInput, 'expectedVersion'>,
): string | undefined {
  const content = apiActions[action].content?.(input);
  if (content === undefined) return undefined;
  return [action, version, ...Object.keys(condition), hashOf(content)].join(':');
}
