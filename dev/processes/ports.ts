import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

/** A port that no other launcher will choose until it is released or this process ends. */
export interface PortClaim {
  port: number;
  release(): void;
}

export interface PortChoice {
  /** What will listen there, for the error: 'MongoDB'. */
  name: string;
  wanted: number;
  /** The variable by which the user set the port; a default port has none. */
  explicit?: string;
}

const HIGHEST_TRIES = 200;
// Away from the default ports, and below what systems give to outgoing connections.
const TEST_PORTS = { from: 20_000, to: 26_900 };

/**
 * The wanted port, or, where it is only a default and taken, the next free one.
 *
 * @throws if the user asked for exactly this port and it is taken
 */
export async function choosePort({ name, wanted, explicit }: PortChoice): Promise<PortClaim> {
  const claim = await claimPort(wanted);
  if (claim) return claim;
  if (explicit) {
    throw new Error(
      `Port ${wanted} for ${name} is taken. Stop what listens there (lsof -i :${wanted} names it), set ${explicit} to another port, or unset ${explicit} to use the next free one.`,
    );
  }
  for (let port = wanted + 1; port < wanted + HIGHEST_TRIES; port++) {
    const next = await claimPort(port);
    if (next) return next;
  }
  throw new Error(`No free port for ${name} from ${wanted} to ${wanted + HIGHEST_TRIES - 1}`);
}

/** The port that the variable names, or else the default, or the next free one after it. */
export async function portOf(
  env: NodeJS.ProcessEnv,
  { name, variable, fallback }: { name: string; variable: string; fallback: number },
): Promise<number> {
  const set = env[variable];
  if (!set) return (await choosePort({ name, wanted: fallback })).port;
  const wanted = Number(set);
  if (!Number.isInteger(wanted) || wanted <= 0 || wanted > 65_535) {
    throw new Error(`${variable} must be a port number from 1 to 65535, not "${set}"`);
  }
  return (await choosePort({ name, wanted, explicit: variable })).port;
}

/** A free port for a test, never a default one. */
export async function freePort(): Promise<PortClaim> {
  const span = TEST_PORTS.to - TEST_PORTS.from;
  for (let tries = 0; tries < HIGHEST_TRIES; tries++) {
    const claim = await claimPort(TEST_PORTS.from + Math.floor(Math.random() * span));
    if (claim) return claim;
  }
  throw new Error(`No free port from ${TEST_PORTS.from} to ${TEST_PORTS.to}`);
}

/** Whether nothing listens on a TCP port, on any address. */
export async function isPortFree(port: number): Promise<boolean> {
  for (const host of ['127.0.0.1', '0.0.0.0', '::1', '::']) {
    if (!(await canListen(port, host))) return false;
  }
  return true;
}

/**
 * The claim is the UDP port of the same number (get-port's holds in one process only): one process can
 * hold it, nothing here uses it
 * otherwise, and the system releases it however the process ends, so no claim is ever stale.
 */
async function claimPort(port: number): Promise<PortClaim | undefined> {
  const socket = createSocket('udp4');
  const held = await new Promise<boolean>((resolve) => {
    socket.once('error', () => resolve(false));
    socket.bind({ port, address: '127.0.0.1', exclusive: true }, () => resolve(true));
  });
  if (held && (await isPortFree(port))) {
    socket.unref();
    return { port, release: () => socket.close() };
  }
  socket.close();
  return undefined;
}

function canListen(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code !== 'EADDRINUSE' && error.code !== 'EACCES'); // No IPv6 here: fine.
    });
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
