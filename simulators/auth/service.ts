import { createRoute, z } from '@hono/zod-openapi';
import { jsonAnswer } from '../shared/content.ts';
import { parseBody } from '../shared/parse.ts';
import { Problem, problemAnswer } from '../shared/problem.ts';
import { createService } from '../shared/service.ts';
import type { Simulator, SimulatorContext } from '../shared/simulator.ts';
import { Users } from './users.ts';

const userSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    email: z.string(),
    active: z.boolean(),
    role: z.enum(['user', 'admin']),
  })
  .meta({ id: 'User' });

const userChange = userSchema.omit({ id: true }).partial().strict();

const getUser = createRoute({
  method: 'get',
  path: '/api/users/{id}',
  summary: 'Look up a user',
  request: { params: z.object({ id: z.string() }) },
  responses: {
    200: jsonAnswer('The user', userSchema),
    404: problemAnswer('user_not_found'),
  },
});

export function createAuth({ dataDir, seed }: SimulatorContext): Simulator {
  const users = new Users(dataDir);
  const app = createService({
    name: 'auth',
    description: 'Knows who a user is, and whether the user may shop.',
    seed,
    ledger: users.ledger,
    state: () => ({ users: users.list() }),
    declines: ['GET /api/users/{id}'],
  });

  app.openapi(getUser, (c) => {
    const { id } = c.req.valid('param');
    const user = users.get(id);
    if (!user || c.get('decline')) throw new Problem('user_not_found', `No user ${id}`);
    return c.json(user, 200);
  });

  app.put('/admin/users/:id', async (c) => {
    const id = c.req.param('id');
    const change = await parseBody(c, userChange);
    const unknown = { id, name: id, email: `${id}@example.com`, active: true, role: 'user' };
    return c.json(users.set(userSchema.parse({ ...unknown, ...users.get(id), ...change })));
  });

  return { app, close: () => users.ledger.close() };
}
