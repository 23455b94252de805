import { cacheKeys, dropCached } from '../../../src/contract/cache-keys.ts';
import { type OperatorAction, operatorActions } from '../../../src/contract/order.ts';
import { eventually } from '../eventually.ts';
import type { TestOrder } from './test-order.ts';

/** What happens after a task was lost and before it is done again. */
export interface Interference {
  name: string;
  /** Whether it changes the order's customer or product. */
  changesWorld?: boolean;
  happen?(order: TestOrder): Promise<void>;
}

const actions = Object.keys(operatorActions) as OperatorAction[];

async function forget(order: TestOrder, key: string): Promise<void> {
  const { redis } = order.stack.deps;
  if (redis !== undefined) await eventually(() => dropCached(redis, [key]));
}

const nothing: Interference = { name: 'nothing happens' };

/** Without Redis they would be hidden by what the worker has cached. */
const changes: Interference[] = [
  {
    name: 'the price changes',
    changesWorld: true,
    async happen(order) {
      await order.change('products', { price: 25.99 });
      await forget(order, cacheKeys.product(order.productId));
    },
  },
  {
    name: 'the product is discontinued',
    changesWorld: true,
    async happen(order) {
      await order.change('products', { active: false });
      await forget(order, cacheKeys.product(order.productId));
    },
  },
  {
    name: 'the customer is locked out',
    changesWorld: true,
    async happen(order) {
      await order.change('auth', { active: false });
      await forget(order, cacheKeys.user(order.userId));
    },
  },
];

export const interferences: Interference[] = [
  nothing,
  ...actions.flatMap((action) =>
    (['signal', 'update'] as const).map(
      (way): Interference => ({
        name: `${action} arrives as ${way === 'signal' ? 'Signal' : 'Update'}`,
        happen: (order) => order.act(action, way),
      }),
    ),
  ),
  ...changes,
];
