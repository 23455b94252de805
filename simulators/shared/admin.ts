import { faultSchema } from '../faults/fault.ts';
import type { FaultPlan } from '../faults/plan.ts';
import { reaches } from '../faults/route-pattern.ts';
import type { Attempts } from './attempts.ts';
import type { Effect } from './ledger.ts';
import { parseBody } from './parse.ts';
import { Problem } from './problem.ts';
import type { ServiceApp, ServiceParts } from './service-parts.ts';

/** The back door of a service: what it holds, what it did, and the faults it is to show. */
export function addAdminRoutes<E extends Effect>(
  app: ServiceApp,
  { state, ledger }: ServiceParts<E>,
  faults: FaultPlan,
  attempts: Attempts,
): void {
  app.get('/admin/state', (c) => {
    const orderId = c.req.query('orderId');
    return c.json({ ...state(orderId), attempts: attempts.list(orderId), effects: ledger.size });
  });
  app.get('/admin/ledger', (c) => c.json({ entries: ledger.entries(c.req.query('orderId')) }));

  app.post('/admin/faults', async (c) => {
    const fault = await parseBody(c, faultSchema);
    const routes = contractRoutes(app);
    const { route } = fault;
    if (route !== undefined && !routes.some((known) => reaches(route, known))) {
      throw new Problem('unknown_route', `No request would match ${route}`, { routes });
    }
    return c.json(faults.add(fault), 201);
  });
  app.get('/admin/faults', (c) => c.json({ faults: faults.list() }));
  app.delete('/admin/faults', (c) => c.json({ faults: faults.clear() }));
  app.delete('/admin/faults/:id', (c) => {
    const removed = faults.remove(c.req.param('id'));
    if (!removed) throw new Problem('fault_not_found', `No fault ${c.req.param('id')}`);
    return c.json(removed);
  });
}

function contractRoutes(app: ServiceApp): string[] {
  return app.openAPIRegistry.definitions.flatMap((definition) =>
    definition.type === 'route'
      ? [`${definition.route.method.toUpperCase()} ${definition.route.path}`]
      : [],
  );
}
