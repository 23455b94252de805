import { type BenchContext, freeAddress, startProgram } from './programs.ts';

/** What the bench orders; the simulators are given enough of it. */
export const lines = [
  { productId: 'P-1001', quantity: 2 },
  { productId: 'P-1002', quantity: 1 },
];

const PLENTY = 1_000_000_000;

/** Starts the four downstream services in one small process, and answers their URLs. */
export async function startBenchSimulators(context: BenchContext) {
  const [auth, products, inventory, payments] = await Promise.all([
    freeAddress(),
    freeAddress(),
    freeAddress(),
    freeAddress(),
  ]);
  await startProgram(context, {
    name: 'simulators',
    command: ['--max-old-space-size=1024', 'dist/simulators/server.js'],
    settings: {
      AUTH_PORT: auth.port,
      PRODUCTS_PORT: products.port,
      INVENTORY_PORT: inventory.port,
      PAYMENTS_PORT: payments.port,
    },
    readyUrl: `${payments.url}/livez`,
  });
  for (const { productId } of lines) {
    const answer = await fetch(`${inventory.url}/admin/stock/${productId}`, {
      method: 'PUT',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ available: PLENTY }),
    });
    if (!answer.ok) throw new Error(`the stock was not raised: ${await answer.text()}`);
  }
  return {
    AUTH_SERVICE_URL: auth.url,
    PRODUCTS_SERVICE_URL: products.url,
    INVENTORY_SERVICE_URL: inventory.url,
    PAYMENTS_SERVICE_URL: payments.url,
  };
}
