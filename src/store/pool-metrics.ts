import type { Connection } from 'mongoose';
import { Counter, Gauge } from 'prom-client';

/** The connections of one client, by their ids. */
interface Pool {
  open: Set<number>;
  inUse: Set<number>;
  waiting: number;
}

const pools = new Set<Pool>();
const total = (count: (pool: Pool) => number) =>
  [...pools].reduce((sum, pool) => sum + count(pool), 0);

new Gauge({
  name: 'orders_mongodb_connections',
  help: 'Connections to MongoDB that are open, and those of them that are in use',
  labelNames: ['state'],
  collect() {
    this.set(
      { state: 'open' },
      total(({ open }) => open.size),
    );
    this.set(
      { state: 'in_use' },
      total(({ inUse }) => inUse.size),
    );
  },
});
new Gauge({
  name: 'orders_mongodb_waiting',
  help: 'Operations that wait for a connection to MongoDB',
  collect() {
    this.set(total(({ waiting }) => waiting));
  },
});
const failures = new Counter({
  name: 'orders_mongodb_checkout_failures_total',
  help: 'Operations that got no connection to MongoDB in time',
});

/** Counts the connections of this process to MongoDB; one that was open before, once it is used. */
export function measurePool(connection: Connection): void {
  const pool: Pool = { open: new Set(), inUse: new Set(), waiting: 0 };
  pools.add(pool);
  connection.once('close', () => pools.delete(pool));
  connection
    .getClient()
    .on('connectionCreated', ({ connectionId }) => pool.open.add(Number(connectionId)))
    .on('connectionClosed', ({ connectionId }) => {
      pool.open.delete(Number(connectionId));
      pool.inUse.delete(Number(connectionId));
    })
    .on('connectionCheckOutStarted', () => {
      pool.waiting += 1;
    })
    .on('connectionCheckedOut', ({ connectionId }) => {
      pool.waiting -= 1;
      pool.open.add(Number(connectionId));
      pool.inUse.add(Number(connectionId));
    })
    .on('connectionCheckOutFailed', () => {
      pool.waiting -= 1;
      failures.inc();
    })
    .on('connectionCheckedIn', ({ connectionId }) => pool.inUse.delete(Number(connectionId)));
}
