import type { HttpBindings } from '@hono/node-server';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Effect, Ledger } from './ledger.ts';

export interface ServiceEnv {
  Bindings: HttpBindings;
  Variables: {
    /** Set by a fault of kind `decline`: the reason a route must refuse for. */
    decline: string | undefined;
  };
}

export type ServiceApp = OpenAPIHono<ServiceEnv>;

type State = Record<string, unknown>;

export interface ServiceParts<E extends Effect> {
  name: string;
  description: string;
  seed: number;
  ledger: Ledger<E>;
  /** What the service holds now, for people and tests; with an order id only that order's part. */
  state: (orderId?: string) => State;
  /** Routes that refuse in their own words; the others answer `refused` to a declining fault. */
  declines: readonly string[];
}
