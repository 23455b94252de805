import { Hono } from 'hono';
import { type ApiEnv, authenticate } from '../../src/api/middleware/authenticate.ts';
import { loadApiConfig } from '../../src/config/config.ts';
import { listen } from '../../src/platform/http-server.ts';
import { runAsProgram } from '../../src/platform/lifecycle.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { connectStore } from '../../src/store/connection.ts';
import { createModels } from '../../src/store/models.ts';

// The least that a read can be: the same check of the token, and one query by an index.
await runAsProgram(import.meta.url, async () => {
  const config = loadApiConfig();
  const log = createLogger('baseline', config.LOG_LEVEL);
  const database = await connectStore(config.MONGODB_URI);
  const { Order } = createModels(database);
  const app = new Hono<ApiEnv>()
    .get('/readyz', (context) => context.text('ok'))
    .use('/api/*', authenticate(config, log))
    .get('/api/orders/:id', async (context) =>
      context.json(await Order.findOne({ uuid: context.req.param('id') }).lean()),
    );
  const server = await listen(app.fetch, { port: config.PORT, host: config.HOST });
  return {
    async stop() {
      await server.stop();
      await database.close();
    },
  };
});
