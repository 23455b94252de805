import { z } from '@hono/zod-openapi';
import { parseBody } from '../shared/parse.ts';
import { Problem } from '../shared/problem.ts';
import { createService } from '../shared/service.ts';
import type { Simulator, SimulatorContext } from '../shared/simulator.ts';
import { Inventory } from './inventory.ts';
import { getReservation, lookUp, release, reserve, takeBack } from './routes.ts';

const stockChange = z.strictObject({ available: z.int().min(0).max(1e9) });

export function createInventory({ dataDir, seed }: SimulatorContext): Simulator {
  const inventory = new Inventory(dataDir);
  const app = createService({
    name: 'inventory',
    description: 'Holds stock for orders, all lines or none.',
    seed,
    ledger: inventory.ledger,
    state: (orderId) => inventory.state(orderId),
    declines: ['POST /api/inventory/reserve'],
  });

  app.openapi(reserve, (c) => {
    const { reservationId, items } = c.req.valid('json');
    const refuse = c.get('decline') !== undefined;
    const { reservation, created } = inventory.reserve(reservationId, items, refuse);
    return c.json(reservation, created ? 201 : 200);
  });

  app.openapi(release, (c) => {
    const { reservationId } = c.req.valid('param');
    if (!inventory.release(reservationId)) throw unknown(reservationId);
    return c.json({ reservationId, status: 'released' as const }, 200);
  });

  app.openapi(takeBack, (c) => {
    const { returnId, items } = c.req.valid('json');
    const { created } = inventory.takeBack(returnId, items);
    return c.json({ returnId, items }, created ? 201 : 200);
  });

  app.openapi(getReservation, (c) => {
    const { reservationId } = c.req.valid('param');
    const reservation = inventory.get(reservationId);
    if (!reservation) throw unknown(reservationId);
    return c.json(reservation, 200);
  });

  app.openapi(lookUp, (c) => {
    const { reservationIds } = c.req.valid('json');
    const reservations = reservationIds.flatMap((id) => inventory.get(id) ?? []);
    return c.json({ reservations }, 200);
  });

  app.put('/admin/stock/:productId', async (c) => {
    const { available } = await parseBody(c, stockChange);
    return c.json(inventory.setStock(c.req.param('productId'), available));
  });

  return { app, close: () => inventory.ledger.close() };
}

function unknown(reservationId: string): Problem {
  return new Problem('reservation_not_found', `No reservation ${reservationId}`);
}
