import { portOf } from '../processes/ports.ts';

const PROGRAM_PORTS = {
  PORT: { name: 'the API', fallback: 3000 },
  METRICS_PORT: { name: "the API's metrics", fallback: 9464 },
  HEALTH_PORT: { name: "the worker's health", fallback: 3001 },
  AUTH_PORT: { name: 'Auth', fallback: 4001 },
  PRODUCTS_PORT: { name: 'Products', fallback: 4002 },
  INVENTORY_PORT: { name: 'Inventory', fallback: 4003 },
  PAYMENTS_PORT: { name: 'Payments', fallback: 4004 },
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
  for (const [variable, program] of Object.entries(PROGRAM_PORTS)) {
    ports.push([variable, await portOf(env, { variable, ...program })]);
  }
  return Object.fromEntries(ports) as ProgramPorts;
}
