import { once } from 'node:events';
import { resolve } from 'node:path';
import { developmentAuth, signToken } from './launcher/credentials.ts';
import { findRunningStack } from './launcher/stack-file.ts';
import { watchStopRequests } from './launcher/stop-request.ts';
import { SHOP_ORIGIN, SHOP_PORT } from './shop/origin.ts';
import { serveShop } from './shop/server.ts';

const { env } = process;
const dataDir = resolve(env.ORDERS_DATA_DIR || '.data');
const stack = await findRunningStack(dataDir);
if (stack === undefined) {
  process.stderr.write('Nothing runs that the shop could sell with: `npm start` first.\n');
  process.exit(1);
}
const stopping = watchStopRequests();
const server = await serveShop(SHOP_PORT).catch((error: NodeJS.ErrnoException) => {
  if (error.code !== 'EADDRINUSE') throw error;
  process.stderr.write(`Port ${SHOP_PORT} is taken: does the shop run already?\n`);
  process.exit(1);
});
const token = await signToken(developmentAuth(env, dataDir), 'ana', 'user');
const fragment = new URLSearchParams({ api: stack.apiUrl, token });
process.stdout.write(`${SHOP_ORIGIN}/#${fragment}\n\nCtrl-C stops it.\n`);
if (!stopping.aborted) await once(stopping, 'abort');
await server.stop();
process.exit(0);
