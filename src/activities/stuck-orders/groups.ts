import { RECONCILE_STEP } from '../../contract/reconciler.ts';
import type { PausedStep } from '../../visibility/paused-steps.ts';
import type { StuckWorkflow } from '../../visibility/stuck-page.ts';
import type { StuckPlace } from '../../visibility/stuck-query.ts';
import { sumOf, type Total, type Totals } from './totals.ts';

/** Workflows that are stuck at the same step for the same reason. */
export interface StuckGroup extends StuckPlace {
  count: number;
  /** How many of them are paused, or have a paused step, and of how many the workflow task fails. */
  paused: number;
  stepPaused: number;
  failing: number;
  /** The totals of its orders, one for each currency; empty where they are too many to be read. */
  atStake: Total[];
  /** The few that wait longest, oldest first. */
  oldest: OldWorkflow[];
}

export interface OldWorkflow {
  workflowId: string;
  orderId: string | undefined;
  orderNumber: string | undefined;
  customerId: string | undefined;
  total?: Total;
  since: string;
  isPaused: boolean;
  pausedSteps: PausedStep[];
  isFailing: boolean;
}

/** How many of a group are shown one by one. */
export const MAX_LINKS = 10;

/** What is dealt with first: money that is owed or in doubt, and last what holds up nobody. */
const ranks: readonly (readonly string[])[] = [
  ['voidPayment'],
  ['chargePayment', 'checkTransfer', 'awaitTransfer', 'recordPayment'],
  [RECONCILE_STEP],
];
const last: readonly string[] = ['recordNote', 'publishEvents'];

/** Groups workflows that are all there; their counts are exact. */
export function groupsOf(workflows: readonly StuckWorkflow[], totals: Totals): StuckGroup[] {
  const places = new Map(workflows.map((workflow) => [placeKey(workflow), workflow]));
  return [...places].map(([key, { step, failure }]) => {
    const members = workflows.filter((workflow) => placeKey(workflow) === key);
    return {
      ...{ step, failure, count: members.length, oldest: oldestOf(members) },
      paused: members.filter(({ isPaused }) => isPaused).length,
      stepPaused: members.filter(({ isPaused, pausedSteps }) => !isPaused && pausedSteps.length > 0)
        .length,
      failing: members.filter(({ isFailing }) => isFailing).length,
      atStake: sumOf(members, totals),
    };
  });
}

/** The few that wait longest, oldest first. */
export function oldestOf(workflows: readonly StuckWorkflow[]): OldWorkflow[] {
  return workflows
    .toSorted((a, b) => a.since.getTime() - b.since.getTime())
    .slice(0, MAX_LINKS)
    .map(({ since, orderStatus, step, failure, ...workflow }) => ({
      ...{ ...workflow, since: since.toISOString() },
    }));
}

/** Money first, events last; within that, the largest first. */
export function ordered(groups: readonly StuckGroup[]): StuckGroup[] {
  return groups.toSorted((a, b) => rank(a) - rank(b) || b.count - a.count);
}

export function placeKey({ step, failure }: StuckPlace): string {
  return `${step} ${failure}`;
}

function rank({ step }: StuckPlace): number {
  if (last.includes(step)) return ranks.length + 1;
  const found = ranks.findIndex((steps) => steps.includes(step));
  return found === -1 ? ranks.length : found;
}
