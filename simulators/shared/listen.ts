import { once } from 'node:events';
import { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type { ServiceApp } from './service-parts.ts';

export interface Listening {
  url: string;
  close(): Promise<void>;
}

const keepAliveMs = 65_000;
const graceMs = 250;

/** Serves an app; port 0 takes a free one. Rejects when the port is taken. */
export async function listen(app: ServiceApp, host: string, port: number): Promise<Listening> {
  const server = createAdaptorServer({ fetch: app.fetch });
  if (!(server instanceof Server)) throw new Error('expected a plain HTTP server');
  server.keepAliveTimeout = keepAliveMs;
  server.listen(port, host);
  await once(server, 'listening');
  const bound = (server.address() as AddressInfo).port;
  return { url: `http://${host}:${bound}`, close: () => close(server) };
}

/** Lets requests under way finish, then cuts what is left: idle clients and held requests. */
async function close(server: Server): Promise<void> {
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  await new Promise((resolve) => server.close(resolve));
  clearTimeout(cut);
}
