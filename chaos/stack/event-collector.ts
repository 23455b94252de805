import { Connection } from 'rabbitmq-client';

const QUEUE = 'chaos';
const EXCHANGE = 'orders';

/** A durable queue of the run's own, as a consumer that was away has: it is read at the end. */
export class EventCollector {
  readonly #url: string;

  private constructor(url: string) {
    this.#url = url;
  }

  static async declare(url: string): Promise<EventCollector> {
    const events = new EventCollector(url);
    await events.#use(async (channel) => {
      await channel.exchangeDeclare({ exchange: EXCHANGE, type: 'topic', durable: true });
      await channel.queueDeclare({ queue: QUEUE, durable: true });
      await channel.queueBind({ queue: QUEUE, exchange: EXCHANGE, routingKey: 'order.#' });
    });
    return events;
  }

  /** All that has come since it was declared, in the order of its arrival; the queue is empty then. */
  async drain(): Promise<unknown[]> {
    const bodies: unknown[] = [];
    await this.#use(async (channel) => {
      for (;;) {
        const message = await channel.basicGet({ queue: QUEUE, noAck: true });
        if (message === undefined) return;
        bodies.push(JSON.parse(String(message.body)));
      }
    });
    return bodies;
  }

  async #use(use: (channel: Connection) => Promise<void>): Promise<void> {
    const connection = new Connection({ url: this.#url, retryLow: 100, retryHigh: 1_000 });
    connection.on('error', () => undefined);
    try {
      await connection.onConnect(30_000);
      await use(connection);
    } finally {
      await connection.close();
    }
  }
}
