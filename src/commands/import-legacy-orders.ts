import { parseArgs } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { ASIDE } from '../../migrations/legacy-import/names.js';
import { tableOf } from '../../migrations/legacy-import/report.js';
import { createFilePublisher, createRabbitPublisher } from '../clients/rabbitmq/event-publisher.ts';
import { ConfigError, type ImportConfig, loadImportConfig, orderPolicy } from '../config/config.ts';
import { ImportedOrders, type ImportState } from '../legacy-import/imported-orders.ts';
import { Outbox } from '../legacy-import/outbox.ts';
import { type Published, publishOutbox } from '../legacy-import/publish-outbox.ts';
import {
  hasWorkflow,
  startImportedOrder,
  whyNotStart,
} from '../legacy-import/start-imported-order.ts';
import { createDataConverter } from '../payloads/data-converter.ts';
import { runAsProgram, withCliErrors } from '../platform/lifecycle.ts';
import { createLogger } from '../platform/logger.ts';
import { connectStore } from '../store/connection.ts';
import { assertMigrated, databaseOf } from '../store/migrations.ts';

const USAGE = `Usage: npm run import -- COMMAND

  status            what was imported, what was left behind, and what is left to do
  publish           sends the events that the legacy service did not
  publish --retry   also those whose outbox row was kept for a person
  list              open orders that have no workflow
  start ID ...      gives these orders a workflow; --all gives one to all that can have it
`;

/** Documents that were left behind are told one by one up to here. */
const LEFT_SHOWN = 100;
const PROGRESS_MS = 5_000;

interface Context {
  state: ImportState;
  config: ImportConfig;
  dataConverter: DataConverter;
  orders: ImportedOrders;
  outbox: Outbox;
  say: (line: string) => void;
}

const commands: Record<string, (context: Context, args: Arguments) => Promise<void>> = {
  status: showStatus,
  publish,
  list,
  start: startWorkflows,
};

interface Arguments {
  ids: string[];
  all: boolean;
  retry: boolean;
}

/** Runs one command of what is left to do after an import, and says a line for what it did. */
export async function importLegacyOrders(
  config: ImportConfig,
  args: string[],
  say: (line: string) => void,
): Promise<void> {
  const { run, ...rest } = readArguments(args);
  const connection = await connectStore(config.MONGODB_URI, { socketTimeoutMS: 0 });
  try {
    await assertMigrated(databaseOf(connection));
    const orders = new ImportedOrders(connection);
    const state = await orders.state();
    if (state === undefined) return say('this database was not imported: nothing to do');
    const outbox = new Outbox(connection, state.outbox);
    const dataConverter = createDataConverter(config, connection);
    await run({ state, config, dataConverter, orders, outbox, say }, rest);
  } finally {
    await connection.close();
  }
}

function readArguments(args: string[]) {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        all: { type: 'boolean', default: false },
        retry: { type: 'boolean', default: false },
      },
    });
    const [command = '', ...ids] = positionals;
    const run = Object.hasOwn(commands, command) ? commands[command] : undefined;
    if (run !== undefined) return { run, ids, ...values };
  } catch {
    // Said below.
  }
  throw new ConfigError(USAGE);
}

async function showStatus({ state, orders, outbox, say }: Context): Promise<void> {
  let open = 0;
  for await (const _id of orders.openIds()) open++;
  for (const line of tableOf(state.counts)) say(line);
  const left = await orders.leftBehind(LEFT_SHOWN + 1);
  for (const { collection, id, reason } of left.slice(0, LEFT_SHOWN)) {
    say(`left in ${ASIDE}${collection}: ${id}, ${reason}`);
  }
  if (left.length > LEFT_SHOWN) say('and more: { kind: "left" } in the collection "legacyimport"');
  say(`${await outbox.countUnsent()} events to publish`);
  say(`${await outbox.countProblems()} outbox rows that a person has to look at (importProblem)`);
  say(`${open} open orders; "list" shows those without a workflow`);
}

async function publish({ config, orders, outbox, say }: Context, { retry }: Arguments) {
  const log = createLogger('import', config.LOG_LEVEL);
  const events =
    config.RABBITMQ_URL === undefined
      ? createFilePublisher(config.EVENTS_FILE)
      : createRabbitPublisher(config.RABBITMQ_URL, log);
  const tell = ({ sent, repeated, problems }: Published) =>
    `${sent} events published, ${repeated} were out already, ${problems} rows cannot be read`;
  if (retry) say(`${await outbox.retryProblems()} rows are tried again`);
  const total = await outbox.countUnsent();
  let told = Date.now();
  try {
    await events.ready();
    const published = await publishOutbox({ outbox, orders, events }, (soFar) => {
      if (Date.now() - told < PROGRESS_MS) return;
      told = Date.now();
      const done = soFar.sent + soFar.repeated + soFar.problems;
      say(`${done} of ${total}: ${tell(soFar)}`);
    });
    say(tell(published));
  } finally {
    await events.close();
  }
}

async function list(context: Context): Promise<void> {
  await withTemporal(context, async (client) => {
    let count = 0;
    for await (const id of context.orders.openIds()) {
      if (await hasWorkflow(client, id)) continue;
      count++;
      context.say(await describe(context, id));
    }
    context.say(`${count} open orders without a workflow`);
  });
}

async function describe({ orders }: Context, id: string): Promise<string> {
  const found = await orders.find(id);
  if (found === undefined) return `${id} is gone`;
  const { status, createdAt, userId } = found.order;
  const said = found.payments.map((one) => one.paymentStatus).join(', ') || 'none recorded';
  const why = whyNotStart(found);
  const line = `${id}  ${status}  ${createdAt.toISOString()}  payment: ${said}  user: ${userId}`;
  return why === undefined ? line : `${line}  cannot be started: ${why}`;
}

async function startWorkflows(context: Context, { ids, all }: Arguments) {
  const { config, orders, outbox, say } = context;
  if (all === ids.length > 0) throw new ConfigError(USAGE);
  const unsent = await outbox.countUnsent();
  if (unsent > 0) {
    // An imported order publishes too, and its events have to leave in the order of their versions.
    throw new ConfigError(`${unsent} events are not published yet: run "publish" first`);
  }
  const counts = { started: 0, had: 0, left: 0 };
  await withTemporal(context, async (client) => {
    const options = {
      client,
      taskQueue: config.TEMPORAL_TASK_QUEUE,
      policy: orderPolicy(config),
    };
    for await (const id of all ? orders.openIds() : ids) {
      const found = await orders.find(id);
      const why = found === undefined ? 'the order does not exist' : whyNotStart(found);
      if (found === undefined || why !== undefined) {
        counts.left++;
        say(`${id} was left: ${why}`);
      } else if (await startImportedOrder(found, options)) counts.started++;
      else counts.had++;
    }
  });
  say(`${counts.started} started, ${counts.had} had a workflow, ${counts.left} left`);
}

async function withTemporal(
  { config, dataConverter }: Context,
  use: (client: Client) => Promise<void>,
) {
  const { connectionOptions, namespace } = config.temporal;
  const connection = await Connection.connect(connectionOptions);
  try {
    await use(new Client({ connection, namespace, dataConverter }));
  } finally {
    await connection.close();
  }
}

await runAsProgram(import.meta.url, async () => {
  const say = (line: string) => process.stdout.write(`${line}\n`);
  await withCliErrors(importLegacyOrders(loadImportConfig(), process.argv.slice(2), say));
  process.exit(0);
});
