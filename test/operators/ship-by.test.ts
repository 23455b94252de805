import { expect, it } from '@jest/globals';
import { StuckSurvey } from '../../src/activities/stuck-orders/survey.ts';
import { ship } from '../support/api/requests.ts';
import { eventually } from '../support/eventually.ts';
import { seen, update } from '../support/operators/operators.ts';
import { openStuckOrders } from '../support/operators/stuck-orders-page.ts';
import { outcome, paid } from '../support/orders/orders.ts';
import { useStack } from '../support/use-stack.ts';

const hasty = useStack({ shipByMs: 1 });
const patient = useStack({ shipByMs: 86_400_000 });

const survey = ({ client, taskQueue }: ReturnType<typeof useStack>) =>
  new StuckSurvey({ client, taskQueue }).take();

it('paid orders that should have left are counted until they are shipped or cancelled', async () => {
  const [first, second] = [await paid(hasty), await paid(hasty)];
  await eventually(async () => {
    expect(await survey(hasty)).toMatchObject({ total: 0, overdue: 2 });
  });
  const page = await openStuckOrders(hasty);
  await eventually(async () => {
    expect(await page.details()).toMatch(/\[2\]\(\S+\) paid orders should have left by now/);
  });
  await ship(hasty, first);
  expect(await update(hasty, second, 'cancelOrder')).toBe('done');
  for (const orderId of [first, second]) await outcome(hasty, orderId);
  await eventually(async () => expect(await survey(hasty)).toMatchObject({ overdue: 0 }));
  await page.handle.terminate();
});

it('an order that was paid just now has its time', async () => {
  const before = Date.now();
  const orderId = await paid(patient);
  await eventually(async () => {
    const [shipBy] = ((await seen(patient, orderId)).attributes.ShipBy ?? []) as Date[];
    expect(Number(shipBy) - before).toBeGreaterThanOrEqual(86_400_000);
  });
  expect(await survey(patient)).toMatchObject({ overdue: 0 });
});
