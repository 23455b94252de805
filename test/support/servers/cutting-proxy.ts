import { connect, createServer, type Socket } from 'node:net';

const WRITES = ['insert', 'update', 'delete', 'findAndModify'];

export interface CuttingProxy {
  port: number;
  /** Cuts the connection at the n-th write from now: before MongoDB has it, or before its answer. */
  cutAt(n: number, when: 'before' | 'after'): void;
  /** Whether the cut has happened. */
  hasCut(): boolean;
  close(): Promise<void>;
}

/** Stands between the driver and MongoDB, and loses the connection at the write that a test names. */
export async function startCuttingProxy(target: { host: string; port: number }) {
  let left = 0;
  let moment: 'before' | 'after' = 'before';
  let cut = false;
  const sockets = new Set<Socket>();

  const server = createServer((client) => {
    const upstream = connect(target);
    let waiting = Buffer.alloc(0);
    let mute = false;
    const end = () => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', end).on('close', end);
    }
    client.on('data', (data) => {
      waiting = Buffer.concat([waiting, data]);
      while (waiting.length >= 4 && waiting.length >= waiting.readInt32LE(0)) {
        const message = waiting.subarray(0, waiting.readInt32LE(0));
        waiting = waiting.subarray(message.length);
        if (isWrite(message) && left > 0 && --left === 0) {
          cut = true;
          if (moment === 'before') return end();
          mute = true;
        }
        upstream.write(message);
      }
    });
    upstream.on('data', (data) => {
      if (mute) end();
      else client.write(data);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');

  return {
    port: address.port,
    cutAt(n, when) {
      left = n;
      moment = when;
      cut = false;
    },
    hasCut: () => cut,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  } satisfies CuttingProxy;
}

/** Whether a message of MongoDB's wire protocol (OP_MSG) is a command that writes. */
function isWrite(message: Buffer): boolean {
  const OP_MSG = 2013;
  const FIRST_NAME = 16 + 4 + 1 + 4 + 1;
  if (message.readInt32LE(12) !== OP_MSG) return false;
  const end = message.indexOf(0, FIRST_NAME);
  return WRITES.includes(message.toString('utf8', FIRST_NAME, end));
}
