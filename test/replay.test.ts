import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { historyFromJSON, historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import { orderWorkflowId } from '../src/contract.ts';
import { eventually } from './support/eventually.ts';
import { paths, play } from './support/paths.ts';
import { testServers } from './support/servers.ts';
import { type Stack, startStack } from './support/stack.ts';

const recording = process.env.RECORD_HISTORIES === '1';
const fileOf = (name: string) => new URL(`./histories/${name}.json`, import.meta.url);

let stack: Stack;
beforeAll(async () => {
  if (recording) stack = await startStack({ transferExpiryMs: 5_000 });
});
afterAll(async () => {
  await stack?.stop();
});

describe('the workflow code replays the recorded history of an order', () => {
  it.each(Object.keys(paths))('that was %s', async (name) => {
    if (recording) await record(name);
    const text = await readFile(fileOf(name), 'utf8').catch(() => {
      throw new Error(`there is no history of this path: record it with "npm run histories"`);
    });
    const { workflowBundle: codePath } = testServers();
    const history = historyFromJSON(JSON.parse(text));
    await Worker.runReplayHistory({ workflowBundle: { codePath } }, history);
  });

  it('and fails when the code takes another path', async () => {
    const text = await readFile(fileOf('paid-and-shipped'), 'utf8');
    const changed = text.replaceAll('chargePayment', 'chargeTwice');
    expect(changed).not.toBe(text);
    const { workflowBundle: codePath } = testServers();
    const history = historyFromJSON(JSON.parse(changed));
    await expect(
      Worker.runReplayHistory({ workflowBundle: { codePath } }, history),
    ).rejects.toThrow(/nondeterminism/i);
  });
});

/** Plays the path on the real servers, and keeps its history. */
async function record(name: string): Promise<void> {
  const orderId = await play(name, stack);
  const handle = stack.client.workflow.getHandle(orderWorkflowId(orderId));
  const history = await eventually(async () => {
    const fetched = await handle.fetchHistory();
    expect(fetched.events?.at(-1)?.workflowExecutionCompletedEventAttributes).toBeTruthy();
    return fetched;
  });
  // Who ran it, and where, is of no use to anyone else.
  const text = historyToJSON(history)
    .replace(/\d+@[\w.-]+/g, 'recorded')
    .replace(/"stackTrace": "(?:[^"\\]|\\.)*"/g, '"stackTrace": ""');
  await writeFile(fileOf(name), `${text}\n`);
}
