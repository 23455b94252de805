import { createRoute, z } from '@hono/zod-openapi';
import { adminOnly } from '../middleware/authenticate.ts';
import { Erasures } from '../orders/erasures.ts';
import type { OrderWorkflows } from '../orders/order-workflows.ts';
import { UserId } from '../schemas/parameters.ts';
import { json, newRoutes, refusing, security } from './route-parts.ts';

const ErasedData = z
  .object({
    userId: z.string(),
    by: z.string().openapi({ description: 'The admin who asked first', example: 'olga' }),
    erasedAt: z.iso.datetime(),
    orders: z.int().openapi({ description: 'Orders whose personal data is gone' }),
    dataKeys: z.int().openapi({ description: 'Keys of workflow histories that were deleted now' }),
  })
  .openapi('ErasedData');

const Erasing = z.object({ userId: z.string(), status: z.literal('accepted') }).openapi('Erasing');

const erase = createRoute({
  method: 'delete',
  path: '/api/admin/users/{id}/personal-data',
  operationId: 'erasePersonalData',
  tags: ['Administration'],
  summary: 'Forget a customer (admin)',
  description:
    'Deletes addresses, metadata, reasons, notes and tracking numbers of all orders of a user, and the keys of what Temporal stores of them. Amounts, products, times and the id stay. Refused while an order is open. May be repeated.',
  security,
  middleware: [adminOnly] as const,
  request: { params: UserId },
  responses: {
    200: json(ErasedData, 'It is done'),
    202: json(Erasing, 'It is being done: the same request says how it ended', 'Retry-After'),
  },
  ...refusing('forbidden', 'orders_open'),
});

export function personalDataRoutes({ workflows }: { workflows: OrderWorkflows }) {
  const erasures = new Erasures(workflows);
  return newRoutes().openapi(erase, async (context) => {
    const { id: userId } = context.req.valid('param');
    const erased = await erasures.erase({ userId, by: context.get('caller').userId });
    if (erased !== undefined) return context.json(erased, 200);
    return context.json({ userId, status: 'accepted' as const }, 202, { 'Retry-After': '2' });
  });
}
