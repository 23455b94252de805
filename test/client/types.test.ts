import type { z } from '@hono/zod-openapi';
import { expect, it } from '@jest/globals';
import type * as client from '../../packages/client/src/index.ts';
import type { Order, PlaceOrder } from '../../src/api/schemas/orders.ts';
import type { ListOrders, OrderPage } from '../../src/api/schemas/reads.ts';
import type { ProblemCode } from '../../src/domain/problems.ts';
import type { StatusChange } from '../../src/store/order-changes.ts';

/** True where each fits the other: the compiler is the test. */
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
type AsJson<T> = { [Key in keyof T]: T[Key] extends Date ? string : T[Key] };

it('the types of the client are those of the API', () => {
  const same: [
    Same<client.Order, z.output<typeof Order>>,
    Same<client.OrderPage, z.output<typeof OrderPage>>,
    Same<keyof client.OrderFilter | 'cursor', keyof z.input<typeof ListOrders>>,
    client.Basket extends z.input<typeof PlaceOrder> ? true : false,
    Same<keyof client.Basket, keyof z.input<typeof PlaceOrder>>,
    Same<client.Basket['paymentMethod'], z.input<typeof PlaceOrder>['paymentMethod']>,
    Same<client.ProblemCode, ProblemCode>,
    Same<client.StatusEvent, AsJson<StatusChange>>,
  ] = [true, true, true, true, true, true, true, true];
  expect(same).not.toContain(false);
});
