import { ConfigError } from '../src/config/config.ts';
import { connectStore } from '../src/store/connection.ts';
import { assertMigrated, databaseOf } from '../src/store/migrations.ts';
import { readArguments, wholeNumber } from './command-line.ts';
import { seedOrders } from './seed/seed-orders.ts';

const HELP = `Usage: npm run seed -- [--orders N] [--users N] [--seed TEXT] [--production]

  --orders      how many; 20000 when left out
  --users       how many users they are spread over; one for each 20 orders when left out
  --seed        the same text gives the same orders; orders that are there already stay
  --production  needed where NODE_ENV is production

Writes into MONGODB_URI, or into the database that "npm start" has set up.
`;

const DEFAULT_URI = 'mongodb://127.0.0.1:27017/orders?directConnection=true';

const say = (line: string) => void process.stdout.write(`${line}\n`);

async function main(): Promise<void> {
  const { orders, users, seed, production } = seedArguments();
  const { env } = process;
  if (env.NODE_ENV === 'production' && !production) {
    throw new ConfigError('NODE_ENV is production: add --production if you mean this database');
  }
  const connection = await connectStore(env.MONGODB_URI || DEFAULT_URI, { socketTimeoutMS: 0 });
  try {
    await assertMigrated(databaseOf(connection));
    const begun = Date.now();
    let told = begun;
    await seedOrders(connection, { orders, users, seed }, (done) => {
      if (Date.now() - told < 2_000 && done < orders) return;
      told = Date.now();
      const perSecond = Math.round((done / (told - begun)) * 1000);
      say(`${done} of ${orders} orders, ${perSecond} a second`);
    });
  } finally {
    await connection.close();
  }
}

function seedArguments() {
  const options = {
    orders: { type: 'string', default: '20000' },
    users: { type: 'string' },
    seed: { type: 'string', default: 'orders' },
    production: { type: 'boolean', default: false },
  } as const;
  return readArguments(HELP, { options }, (values) => {
    const orders = wholeNumber('orders', values.orders);
    const users = wholeNumber('users', values.users ?? `${Math.ceil(orders / 20)}`);
    return { orders, users, seed: values.seed, production: values.production };
  });
}

await main().catch((error: unknown) => {
  const told = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${told}\n`);
  process.exitCode = 1;
});
