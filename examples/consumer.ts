/**
 * A consumer of the events of orders: keeps the status and the payment of each order in a
 * collection of its own, however often and in whatever order the events come.
 *
 *     RABBITMQ_URL=amqp://… MONGODB_URI=mongodb://… node --import tsx examples/consumer.ts
 */
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import mongoose from 'mongoose';
import { type AsyncMessage, Connection, ConsumerStatus } from 'rabbitmq-client';

const QUEUE = 'order-board';
const DEAD_LETTERS = `${QUEUE}.dead`;
const RETRY_MS = 1_000;

/** What this consumer needs of an event; docs/use/events has the schemas. */
interface OrderEvent {
  id: string;
  type: string;
  subject: string;
  sequence: string;
  data: { to?: string; amount?: number };
}

export interface BoardEntry {
  /** The order's id. */
  _id: string;
  /** The ids of the events that are in here: an order has a handful of them. */
  seen: string[];
  status: string;
  /** The version that the status is from. */
  version: number;
  /** Major units. */
  paid: number;
}

type Board = mongoose.mongo.Collection<BoardEntry>;

/** Starts consuming; call `stop` to finish what is under way and close the connections. */
export async function startConsumer(rabbitmqUrl: string, mongodbUri: string) {
  const database = await mongoose.createConnection(mongodbUri).asPromise();
  const board: Board = database.collection<BoardEntry>('orderboard') as never;
  const connection = new Connection(rabbitmqUrl);
  connection.on('error', (error) => process.stderr.write(`RabbitMQ: ${error.message}\n`));
  await connection.queueDeclare({ queue: DEAD_LETTERS, durable: true });
  const consumer = connection.createConsumer(
    {
      queue: QUEUE,
      queueOptions: {
        durable: true,
        arguments: {
          // Several processes may run: one consumes, the others wait, so the order is kept.
          'x-single-active-consumer': true,
          'x-dead-letter-exchange': '',
          'x-dead-letter-routing-key': DEAD_LETTERS,
        },
      },
      exchanges: [{ exchange: 'orders', type: 'topic', durable: true }],
      queueBindings: [{ exchange: 'orders', routingKey: 'order.#' }],
      qos: { prefetchCount: 1 },
      concurrency: 1,
    },
    (message) => handle(board, message),
  );
  consumer.on('error', (error) => process.stderr.write(`RabbitMQ: ${error.message}\n`));
  await new Promise<void>((resolve) => consumer.once('ready', resolve));
  return {
    async stop() {
      await consumer.close();
      await connection.close();
      await database.close();
    },
  };
}

async function handle(board: Board, message: AsyncMessage): Promise<ConsumerStatus> {
  const event = parse(message.body);
  // It will not get better by being delivered again.
  if (event === undefined) return ConsumerStatus.DROP;
  try {
    await record(board, event);
    return ConsumerStatus.ACK;
  } catch (error) {
    process.stderr.write(`${event.id} is tried again: ${error}\n`);
    await setTimeout(RETRY_MS);
    return ConsumerStatus.REQUEUE;
  }
}

/** The event and its id go into the entry with one write, so it counts once, or not yet. */
async function record(board: Board, { id, subject, type, sequence, data }: OrderEvent) {
  const empty = { seen: [], status: 'CREADO', version: 0, paid: 0 };
  await board.updateOne({ _id: subject }, { $setOnInsert: empty }, { upsert: true });
  const version = Number(sequence);
  const isNews = { $gt: [version, '$version'] };
  await board.updateOne({ _id: subject, seen: { $ne: id } }, [
    {
      $set: {
        seen: { $concatArrays: ['$seen', [id]] },
        ...(type === 'order.paid' && { paid: { $add: ['$paid', data.amount] } }),
        ...(type === 'order.status_changed' && {
          status: { $cond: [isNews, { $literal: data.to }, '$status'] },
          version: { $max: ['$version', version] },
        }),
      },
    },
  ]);
}

function parse(body: Buffer): OrderEvent | undefined {
  try {
    const event = JSON.parse(body.toString()) as OrderEvent;
    return event.id && event.subject && event.data ? event : undefined;
  } catch {
    return undefined;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { RABBITMQ_URL, MONGODB_URI } = process.env;
  if (!RABBITMQ_URL || !MONGODB_URI) throw new Error('set RABBITMQ_URL and MONGODB_URI');
  const consumer = await startConsumer(RABBITMQ_URL, MONGODB_URI);
  process.once('SIGINT', () => void consumer.stop());
}
