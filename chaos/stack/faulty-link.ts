import { connect, createServer, type Socket } from 'node:net';

/** The way that data takes: `up` to the server, `down` from it. */
type Direction = 'up' | 'down';

export interface FaultyLink {
  port: number;
  /** Ends all connections at once. */
  cut(): void;
  /** Lets nothing through in one direction until `restore`; what was sent is lost with the connection. */
  block(direction: Direction): void;
  /** Ends the blocked connections, and lets new ones through. */
  restore(): void;
  close(): Promise<void>;
}

interface Pair {
  client: Socket;
  server: Socket;
}

/** Stands between the programs and a server on this machine, and fails as a network does. */
export async function startFaultyLink(targetPort: number): Promise<FaultyLink> {
  const pairs = new Set<Pair>();
  let blocked: Direction | undefined;

  const listener = createServer({ noDelay: true }, (client) => {
    const server = connect({ host: '127.0.0.1', port: targetPort, noDelay: true });
    const pair = { client, server };
    pairs.add(pair);
    const end = () => {
      pairs.delete(pair);
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) socket.on('error', end).on('close', end);
    client.on('data', (data) => blocked !== 'up' && server.write(data));
    server.on('data', (data) => blocked !== 'down' && client.write(data));
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');

  const cut = () => {
    for (const { client, server } of pairs) {
      client.destroy();
      server.destroy();
    }
  };
  return {
    port: address.port,
    cut,
    block(direction) {
      blocked = direction;
    },
    restore() {
      if (blocked !== undefined) cut();
      blocked = undefined;
    },
    async close() {
      cut();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}
