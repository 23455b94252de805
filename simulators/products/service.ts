import { createRoute, z } from '@hono/zod-openapi';
import { jsonAnswer, jsonBody } from '../shared/content.ts';
import { parseBody } from '../shared/parse.ts';
import { problemAnswer } from '../shared/problem.ts';
import { createService } from '../shared/service.ts';
import type { Simulator, SimulatorContext } from '../shared/simulator.ts';
import { Products } from './products.ts';

const productSchema = z
  .object({
    id: z.string(),
    sku: z.string(),
    name: z.string(),
    price: z.number().min(0).max(1e9).meta({ description: 'Major units, exact decimal text' }),
    currency: z.string().regex(/^[A-Z]{3}$/),
    active: z.boolean(),
  })
  .meta({ id: 'Product' });

const productChange = productSchema.omit({ id: true }).partial().strict();

const batch = createRoute({
  method: 'post',
  path: '/api/products/batch',
  summary: 'Look up several products at once',
  request: { body: jsonBody(z.object({ ids: z.array(z.string()).min(1).max(500) })) },
  responses: {
    200: jsonAnswer(
      'Those that exist, active or not, and the ids of those that do not',
      z.object({ products: z.array(productSchema), missing: z.array(z.string()) }),
    ),
    400: problemAnswer('invalid_request'),
  },
});

export function createProducts({ dataDir, seed }: SimulatorContext): Simulator {
  const catalogue = new Products(dataDir);
  const app = createService({
    name: 'products',
    description: 'Knows what is for sale, and for how much.',
    seed,
    ledger: catalogue.ledger,
    state: () => ({ products: catalogue.list() }),
    declines: ['POST /api/products/batch'],
  });

  app.openapi(batch, (c) => {
    const ids = [...new Set(c.req.valid('json').ids)];
    const known = c.get('decline') ? [] : ids.flatMap((id) => catalogue.get(id) ?? []);
    const found = new Set(known.map(({ id }) => id));
    return c.json({ products: known, missing: ids.filter((id) => !found.has(id)) }, 200);
  });

  app.put('/admin/products/:id', async (c) => {
    const id = c.req.param('id');
    const change = await parseBody(c, productChange);
    const unknown = { id, sku: id, name: id, price: 1, currency: 'EUR', active: true };
    return c.json(
      catalogue.set(productSchema.parse({ ...unknown, ...catalogue.get(id), ...change })),
    );
  });

  return { app, close: () => catalogue.ledger.close() };
}
