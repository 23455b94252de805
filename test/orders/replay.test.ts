import { readdir, readFile, writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { defaultPayloadConverter } from '@temporalio/common';
import { historyFromJSON, historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import { RECONCILE_STEP } from '../../src/contract/reconciler.ts';
import * as workflows from '../../src/workflows/index.ts';
import { stepOptions } from '../../src/workflows/steps/step-options.ts';
import { eventually } from '../support/eventually.ts';
import { createPaths } from '../support/paths/paths.ts';
import { type OwnServers, startOwnServers } from '../support/servers/own-servers.ts';
import { testServers } from '../support/servers/servers.ts';
import { repairAll } from '../support/services/services.ts';
import { type Stack, startStack } from '../support/stack.ts';

/** All paths, or only those without a history. */
const recording = process.env.RECORD_HISTORIES;
const isWanted = async (name: string) =>
  recording === 'all' || !(await readdir(folder)).includes(`${name}.json`);
const folder = new URL('../histories/', import.meta.url);
const fileOf = (name: string) => new URL(`${name}.json`, folder);

let own: OwnServers;
let stack: Stack;
const paths = createPaths(() => own);

beforeAll(async () => {
  if (recording === undefined) return;
  own = await startOwnServers();
  stack = await startStack({ transferExpiryMs: 8_000 }, { servers: own.servers });
}, 120_000);
afterAll(async () => {
  await stack?.stop();
  await own?.stop();
}, 60_000);
afterEach(async () => {
  if (recording === undefined) return;
  own.thaw('rabbitmq');
  await repairAll(stack);
});

describe('the workflow code replays the recorded history of', () => {
  it.each(Object.keys(paths))(
    '%s',
    async (name) => {
      if (recording !== undefined && (await isWanted(name))) await record(name);
      await replay(await recorded(name));
    },
    120_000,
  );

  it('nothing that is not a path', async () => {
    const files = (await readdir(folder)).map((file) => file.replace(/\.json$/, ''));
    expect(files.sort()).toEqual(Object.keys(paths).sort());
  });

  it('every workflow, stuck at every step at which it can be stuck', async () => {
    const seen = await Promise.all(Object.keys(paths).map(async (name) => summary(name)));
    const stepsOf = (type: string) =>
      new Set(seen.filter((one) => one.type === type).flatMap(({ steps }) => steps));
    expect(new Set(seen.map(({ type }) => type))).toEqual(new Set(Object.keys(workflows)));
    // It follows loadOrder, and fails where that fails.
    const ofRefunds = [
      'reserveRefund',
      'refundPayment',
      'takeBackStock',
      'recordDecision',
      'recordRefund',
      'recordDelivery',
    ];
    const elsewhere = ['dropUnrecorded', ...ofRefunds];
    const ofOrders = Object.keys(stepOptions).filter((step) => !elsewhere.includes(step));
    expect(stepsOf('orderWorkflow')).toEqual(new Set(ofOrders));
    // What is recorded by one write stands for the others.
    const stuck = ['recordRefund', 'refundPayment', 'takeBackStock'];
    expect(stepsOf('refundOrder')).toEqual(new Set(stuck));
    // All that a case does is done by the steps of orders: one of them stuck stands for all.
    expect(stepsOf('reconcileOrder')).toEqual(new Set(['voidPayment', RECONCILE_STEP]));
  });

  it('steps that wait in a queue as long as it takes: only attempts that were made count', async () => {
    for (const name of Object.keys(paths)) {
      const { events = [] } = historyFromJSON(JSON.parse(await recorded(name)));
      for (const event of events ?? []) {
        const scheduled = event.activityTaskScheduledEventAttributes;
        if (scheduled?.activityType?.name === undefined) continue;
        if (!Object.hasOwn(stepOptions, `${scheduled.activityType?.name}`)) continue;
        const { scheduleToCloseTimeout, scheduleToStartTimeout } = scheduled;
        const limits = [scheduleToCloseTimeout, scheduleToStartTimeout];
        expect(limits.map((limit) => Number(limit?.seconds ?? 0))).toEqual([0, 0]);
      }
    }
  });

  it('and fails when the code takes another path', async () => {
    const text = await recorded('paid-and-shipped');
    const changed = text.replaceAll('chargePayment', 'chargeTwice');
    expect(changed).not.toBe(text);
    await expect(replay(changed)).rejects.toThrow(/nondeterminism/i);
  });
});

async function recorded(name: string): Promise<string> {
  return readFile(fileOf(name), 'utf8').catch(() => {
    throw new Error('there is no history of this path: record it with "npm run histories"');
  });
}

/** Under its own id, by which an order knows that it is its own workflow. */
async function replay(text: string): Promise<void> {
  const { workflowBundle: codePath } = testServers();
  const history = historyFromJSON(JSON.parse(text));
  const { workflowId } = history.events?.[0]?.workflowExecutionStartedEventAttributes ?? {};
  await Worker.runReplayHistory({ workflowBundle: { codePath } }, history, workflowId ?? undefined);
}

/** Of which workflow a history is, and at which steps it was stuck. */
async function summary(name: string): Promise<{ type: string; steps: string[] }> {
  const { events = [] } = historyFromJSON(JSON.parse(await recorded(name)));
  const type = events?.[0]?.workflowExecutionStartedEventAttributes?.workflowType?.name ?? '';
  const steps = (events ?? [])
    .map((event) => event.upsertWorkflowSearchAttributesEventAttributes?.searchAttributes)
    .map((attributes) => attributes?.indexedFields?.FailedStep)
    .map((payload) => payload && defaultPayloadConverter.fromPayload<unknown>(payload))
    .filter((step) => typeof step === 'string');
  return { type, steps };
}

/** Plays the path on real servers, and keeps its history. */
async function record(name: string): Promise<void> {
  const played = await paths[name]?.(stack);
  if (played === undefined) throw new Error(`there is no path ${name}`);
  const handle = stack.client.workflow.getHandle(played.workflowId, played.runId);
  const history = await eventually(async () => {
    const fetched = await handle.fetchHistory();
    const last = fetched.events?.at(-1);
    expect(
      last?.workflowExecutionCompletedEventAttributes ??
        last?.workflowExecutionContinuedAsNewEventAttributes,
    ).toBeTruthy();
    return fetched;
  });
  // Who ran it, and where, is of no use to anyone else.
  const text = historyToJSON(history)
    .replace(/\d+@[\w.-]+/g, 'recorded')
    .replace(/"stackTrace": "(?:[^"\\]|\\.)*"/g, '"stackTrace": ""');
  await writeFile(fileOf(name), `${text}\n`);
}
