import { choosePort } from '../processes/ports.ts';

const PROGRAM_PORTS = {
  PORT: { name: 'the API', wanted: 3000 },
  METRICS_PORT: { name: "the API's metrics", wanted: 9464 },
  HEALTH_PORT: { name: "the worker's health", wanted: 3001 },
  AUTH_PORT: { name: 'Auth', wanted: 4001 },
  PRODUCTS_PORT: { name: 'Products', wanted: 4002 },
  INVENTORY_PORT: { name: 'Inventory', wanted: 4003 },
  PAYMENTS_PORT: { name: 'Payments', wanted: 4004 },
};

export type ProgramPorts = Record<keyof typeof PROGRAM_PORTS, number>;

/**
 * Claims a port for each program: the one its variable names, or the default, or the next free one.
 * Before anything is started, so that a taken port is told at once.
 *
 * @throws when a port named by a variable is taken or none
 */
export async function chooseProgramPorts(env: NodeJS.ProcessEnv): Promise<ProgramPorts> {
  const ports: [string, number][] = [];
  for (const [variable, { name, wanted }] of Object.entries(PROGRAM_PORTS)) {
    const set = env[variable];
    const choice = set
      ? { name, wanted: parsePort(variable, set), explicit: variable }
      : { name, wanted };
    ports.push([variable, (await choosePort(choice)).port]);
  }
  return Object.fromEntries(ports) as ProgramPorts;
}

function parsePort(variable: string, text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new Error(`${variable} must be a port number from 1 to 65535, not "${text}"`);
}
