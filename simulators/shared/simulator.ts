import type { ServiceApp } from './service-parts.ts';

export interface SimulatorContext {
  /** Where the ledger is kept; without it in memory only. */
  dataDir: string | undefined;
  seed: number;
}

/** A simulated service, not yet listening. */
export interface Simulator {
  app: ServiceApp;
  close(): void;
}
