import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { StuckSurvey } from '../../../src/activities/stuck-orders/survey.ts';
import { ORDER_WORKFLOW, searchAttributes } from '../../../src/contract/order.ts';
import { listStuck } from '../../../src/visibility/stuck-page.ts';
import { stuckQuery } from '../../../src/visibility/stuck-query.ts';
import { eventually } from '../../support/eventually.ts';
import { testServers } from '../../support/servers/servers.ts';

/** No worker takes these up: they are as stuck as their search attributes say. */
const taskQueue = `many-stuck-${randomUUID()}`;
const DAY_MS = 86_400_000;
const now = Date.now();

let connection: Connection;
let client: Client;
beforeAll(async () => {
  connection = await Connection.connect({ address: testServers().temporalAddress });
  client = new Client({ connection });
});
afterAll(async () => {
  await connection?.close();
});

interface Stuck {
  step: string;
  failure: string;
  since: Date;
}

async function startStuck({ step, failure, since }: Stuck): Promise<string> {
  const { workflowId } = await client.workflow.start(ORDER_WORKFLOW, {
    workflowId: `order-${randomUUID()}`,
    taskQueue,
    args: [],
    typedSearchAttributes: [
      { key: searchAttributes.needsAttention, value: true },
      { key: searchAttributes.failedStep, value: step },
      { key: searchAttributes.failureType, value: failure },
      { key: searchAttributes.stuckSince, value: since },
    ],
  });
  return workflowId;
}

async function startMany(count: number, stuck: (index: number) => Stuck): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length < count) {
    const some = Array.from({ length: Math.min(20, count - ids.length) }, (_, index) =>
      startStuck(stuck(ids.length + index)),
    );
    ids.push(...(await Promise.all(some)));
  }
  return ids;
}

/** `MANY_STUCK=100000 npm test -- test/operators/stuck/many-stuck.test.ts` tells how long all of it takes. */
const many = Number(process.env.MANY_STUCK ?? 0);

if (many > 0)
  it(`${many} stuck orders are counted, listed and found`, async () => {
    const steps = ['chargePayment', 'recordTransition', 'checkOrder'];
    const stuck = (index: number) => ({
      ...{ step: `${steps[index % 3]}`, failure: 'payments_unknown' },
      since: new Date(now - index * 1_000),
    });
    await startMany(many, stuck);
    await eventually(async () => {
      expect(await client.workflow.count(stuckQuery(taskQueue))).toMatchObject({ count: many });
    }, 120_000);
    const took: Record<string, number> = {};
    const timed = async <T>(what: string, work: () => Promise<T>) => {
      const began = performance.now();
      const result = await work();
      took[what] = Math.round(performance.now() - began);
      return result;
    };
    const { total, groups } = await timed('the page', () =>
      new StuckSurvey({ client, taskQueue }).take(),
    );
    expect([total, groups.length]).toEqual([many, 3]);
    const query = stuckQuery(taskQueue);
    await timed('a page of the list', () => listStuck(client, query, 100));
    await timed('a count by step', () =>
      client.workflow.count(stuckQuery(taskQueue, { failedStep: 'checkOrder' })),
    );
    process.stderr.write(`${many} stuck, milliseconds: ${JSON.stringify(took)}\n`);
  }, 3_600_000);

describe('more stuck orders than are looked at one by one', () => {
  it('are counted exactly, money first, with the oldest of each step', async () => {
    const at = (step: string, failure: string, ageMs: number) => ({
      ...{ step, failure, since: new Date(now - ageMs) },
    });
    // The oldest are started first: the list, youngest first, has them at its very end.
    const ancient = await startMany(12, (index) =>
      at('chargePayment', 'payments_unknown', 400 * DAY_MS - index * 1_000),
    );
    const odd = await startMany(1, () => at('voidPayment', 'payments_unknown', DAY_MS));
    const equals = await startMany(60, () => at('checkOrder', 'auth_transient', DAY_MS));
    await startMany(130, (index) => at('publishEvents', 'rabbitmq_unavailable', index * 10));
    await startMany(90, (index) => at('chargePayment', 'payments_unknown', index * 100));
    await startMany(7, (index) => at('chargePayment', 'payments_transient', index * 100));

    const survey = new StuckSurvey({ client, taskQueue, page: 40 });
    const { total, groups } = await eventually(async () => {
      const counts = await survey.take();
      expect(counts.total).toBe(300);
      return counts;
    });
    expect(groups.map(({ step, failure, count }) => [step, failure, count])).toEqual([
      ['voidPayment', 'payments_unknown', 1],
      ['chargePayment', 'payments_unknown', 102],
      ['chargePayment', 'payments_transient', 7],
      ['checkOrder', 'auth_transient', 60],
      ['publishEvents', 'rabbitmq_unavailable', 130],
    ]);
    expect(groups.reduce((sum, { count }) => sum + count, 0)).toBe(total);
    const oldestAt = (index: number) => groups[index]?.oldest.map(({ workflowId }) => workflowId);
    expect(oldestAt(0)).toEqual(odd);
    expect(oldestAt(1)).toEqual(ancient.slice(0, 10));
    expect(oldestAt(2)).toHaveLength(7);
    expect(oldestAt(3)).toHaveLength(10);
    expect(equals).toEqual(expect.arrayContaining(oldestAt(3) ?? []));
    // A page that holds all of them gives the same.
    const whole = await new StuckSurvey({ client, taskQueue }).take();
    expect(whole.groups.map(({ oldest, ...group }) => group)).toEqual(
      groups.map(({ oldest, ...group }) => group),
    );
    expect(whole.groups[1]?.oldest).toEqual(groups[1]?.oldest);
  });
});
