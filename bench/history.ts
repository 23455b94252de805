import type { Client } from '@temporalio/client';
import { orderWorkflowId } from '../src/contract.ts';
import type { Placed } from './load.ts';
import { quantile } from './statistics.ts';

const SAMPLE = 20;

/** The usual length of a workflow's history, of a sample; by now all of its events are out. */
export async function historyOf(
  temporal: Client,
  placed: readonly Placed[],
): Promise<{ events: number; bytes: number }> {
  const step = Math.max(1, Math.floor(placed.length / SAMPLE));
  const sample = placed.filter((_, index) => index % step === 0).slice(0, SAMPLE);
  const described = await Promise.all(
    sample.map(({ orderId }) => temporal.workflow.getHandle(orderWorkflowId(orderId)).describe()),
  );
  const median = (values: number[]) => quantile(values, 0.5);
  return {
    events: median(described.map(({ historyLength }) => historyLength)),
    bytes: median(described.map(({ historySize }) => historySize ?? 0)),
  };
}
