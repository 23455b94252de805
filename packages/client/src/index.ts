import { type ClientOptions, createSend } from './http.ts';
import { Orders } from './orders.ts';

export type { FollowOptions } from './follow.ts';
export type { ClientOptions } from './http.ts';
export type { Answer, CancelOptions, Orders, Placed, PlaceOptions } from './orders.ts';
export {
  type Fault,
  OrdersProblem,
  OutcomeUnknown,
  type ProblemCode,
  type ProblemDocument,
} from './problems.ts';
export type * from './types.ts';

/**
 * A client of the orders API.
 *
 *     const { orders } = createClient({ baseUrl: 'https://orders.example.com', token });
 *     const { orderId } = await orders.place(basket, { wait: 10 });
 *     for await (const { status } of orders.follow(orderId)) show(status);
 */
export function createClient(options: ClientOptions): { orders: Orders } {
  return { orders: new Orders(createSend(options)) };
}
