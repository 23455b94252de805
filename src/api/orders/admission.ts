import { Counter, Gauge } from 'prom-client';
import { unavailable } from '../problems/problem.ts';

const inFlight = new Gauge({
  name: 'orders_placements_in_flight',
  help: 'Requests to place an order that this process is working on, until they are placed',
});
const refused = new Counter({
  name: 'orders_placements_refused_total',
  help: 'Requests to place an order that were refused because too many were in flight',
});

/**
 * Lets so many placements be in flight at once in this process, until each is placed: waiting for a
 * payment costs little, and does not count. One more is refused at once, before
 * anything is started for it: so what was accepted is finished at the service's pace, and reads,
 * cancellations and operators are not kept waiting by customers who wait.
 */
export class Admission {
  #count = 0;

  constructor(readonly most: number) {}

  /** Throws Problem service_unavailable, with Retry-After, when there are too many. */
  async admit<T>(place: () => Promise<T>): Promise<T> {
    if (this.#count >= this.most) {
      refused.inc();
      throw unavailable('Too many orders are being placed');
    }
    this.#count += 1;
    inFlight.inc();
    try {
      return await place();
    } finally {
      this.#count -= 1;
      inFlight.dec();
    }
  }
}
