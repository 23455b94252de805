import { z } from 'zod';
import { startSimulators } from './simulators.ts';

const port = (fallback: number) => z.coerce.number().int().min(0).max(65_535).default(fallback);

const envSchema = z.object({
  SIM_DATA_DIR: z.string().optional(),
  SIM_HOST: z.string().default('127.0.0.1'),
  SIM_SEED: z.coerce.number().int().default(1),
  AUTH_PORT: port(4001),
  PRODUCTS_PORT: port(4002),
  INVENTORY_PORT: port(4003),
  PAYMENTS_PORT: port(4004),
});

// Compose hands down unset variables as empty ones.
const given = Object.entries(process.env).filter(([, value]) => value !== '');
const env = envSchema.parse(Object.fromEntries(given));

const simulators = await startSimulators({
  dataDir: env.SIM_DATA_DIR,
  host: env.SIM_HOST,
  seed: env.SIM_SEED,
  ports: {
    auth: env.AUTH_PORT,
    products: env.PRODUCTS_PORT,
    inventory: env.INVENTORY_PORT,
    payments: env.PAYMENTS_PORT,
  },
});

process.stdout.write(
  `${JSON.stringify({ msg: 'simulators are listening', ...simulators.urls })}\n`,
);

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => void simulators.stop().then(() => process.exit(0)));
}
