import { AsyncLocalStorage } from 'node:async_hooks';
import CircuitBreaker from 'opossum';
import { Gauge } from 'prom-client';

export interface BreakerOptions {
  /** What the metrics call it. */
  name: string;
  /** Calls within ten seconds from which on it may open, when more than half of them failed. */
  volumeThreshold: number;
  /** How long it stays open, in milliseconds, before it lets one call through. */
  resetMs: number;
}

export interface Breaker<Args extends unknown[], Result> {
  /** Throws what the call throws, or BreakerOpen without having called. */
  fire(...args: Args): Promise<Result>;
  close(): void;
}

export class BreakerOpen extends Error {
  override readonly name = 'BreakerOpen';
}

const bypassing = new AsyncLocalStorage<true>();

/** Does what somebody wants tried now: its calls are made also where a breaker is open. */
export function bypassBreaker<T>(work: () => Promise<T>): Promise<T> {
  return bypassing.run(true, work);
}

const STATES = { closed: 0, halfOpen: 1, open: 2 } as const;
const state = new Gauge({
  name: 'orders_breaker_state',
  help: 'State of a circuit breaker: 0 closed, 1 half open, 2 open',
  labelNames: ['service'],
});

/** Leaves a service alone for a while when more than half of the calls to it throw. */
export function createBreaker<Args extends unknown[], Result>(
  call: (...args: Args) => Promise<Result>,
  { name, volumeThreshold, resetMs }: BreakerOptions,
): Breaker<Args, Result> {
  const breaker = new CircuitBreaker(call, {
    timeout: false,
    volumeThreshold,
    errorThresholdPercentage: 50,
    resetTimeout: resetMs,
    rollingPercentilesEnabled: false,
    enableSnapshots: false,
  });
  const show = (now: keyof typeof STATES) => () => state.set({ service: name }, STATES[now]);
  show('closed')();
  breaker.on('open', show('open')).on('halfOpen', show('halfOpen')).on('close', show('closed'));

  /** An answer shows that the service is back, for all others too. */
  async function callNow(args: Args): Promise<Result> {
    const result = await call(...args);
    breaker.close();
    return result;
  }

  return {
    async fire(...args) {
      if (bypassing.getStore() && !breaker.closed) return callNow(args);
      return breaker.fire(...args).catch((error: unknown) => {
        throw CircuitBreaker.isOurError(error as Error) ? new BreakerOpen() : error;
      });
    },
    close: () => breaker.shutdown(),
  };
}
