import { mkdirSync } from 'node:fs';
import { createAuth } from './auth/service.ts';
import { createInventory } from './inventory/service.ts';
import { createPayments } from './payments/service.ts';
import { createProducts } from './products/service.ts';
import { type Listening, listen } from './shared/listen.ts';
import type { Simulator } from './shared/simulator.ts';

const services = {
  auth: createAuth,
  products: createProducts,
  inventory: createInventory,
  payments: createPayments,
};

export type ServiceName = keyof typeof services;

export interface SimulatorOptions {
  /** Folder of the ledgers; what is in it is taken up again. Without it all is in memory only. */
  dataDir?: string | undefined;
  /** 0 or absent: a free port. */
  ports?: Partial<Record<ServiceName, number>> | undefined;
  host?: string | undefined;
  /** Seeds the decisions of faults. */
  seed?: number | undefined;
}

export interface Simulators {
  urls: Record<ServiceName, string>;
  stop(): Promise<void>;
}

/**
 * Starts the four downstream services in this process, each on its own port.
 * @throws when a port is taken or a ledger cannot be read; nothing is left listening then
 */
export async function startSimulators(options: SimulatorOptions = {}): Promise<Simulators> {
  const { dataDir, ports = {}, host = '127.0.0.1', seed = 1 } = options;
  if (dataDir) mkdirSync(dataDir, { recursive: true });

  const started: Simulator[] = [];
  const listening: Listening[] = [];
  const start = async (name: ServiceName): Promise<string> => {
    const simulator = services[name]({ dataDir, seed });
    started.push(simulator);
    const service = await listen(simulator.app, host, ports[name] ?? 0);
    listening.push(service);
    return service.url;
  };
  const stop = async () => {
    await Promise.all(listening.splice(0).map((service) => service.close()));
    for (const simulator of started.splice(0)) simulator.close();
  };

  try {
    const urls = {
      auth: await start('auth'),
      products: await start('products'),
      inventory: await start('inventory'),
      payments: await start('payments'),
    };
    return { urls, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
