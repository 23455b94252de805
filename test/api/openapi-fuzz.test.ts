import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { headersTooLarge } from '../../src/api/problems/headers-too-large.ts';
import { listen } from '../../src/platform/http-server.ts';
import { orderBody, request } from '../support/api/requests.ts';
import { token } from '../support/api/tokens.ts';
import { eventually } from '../support/eventually.ts';
import type { OrderAnswer } from '../support/orders/orders.ts';
import {
  configFile,
  findPython,
  installSchemathesis,
  runSchemathesis,
} from '../support/schemathesis/schemathesis.ts';
import { type Stack, startStack } from '../support/stack.ts';

const BOUND_MS = 15 * 60_000;

/** More options for schemathesis, such as `--seed 7 --phases stateful`; its output is shown then. */
const args = process.env.SCHEMATHESIS_ARGS;

const python = await findPython();
const unless = 'obstacle' in python ? `, skipped here: schemathesis ${python.obstacle}` : '';

(unless ? test.skip : test)(
  `the API keeps to its OpenAPI document, whatever it is sent${unless}`,
  async () => {
    const folder = await installSchemathesis('tag' in python ? python.tag : '');
    const stack = await startStack();
    const server = await listen(stack.app.fetch, {
      ...{ port: 0, host: '127.0.0.1', headersTooLarge: headersTooLarge(stack.deps.log) },
    });
    try {
      await place(stack, 'fuzz-paid', {}, 'PAGADO');
      await place(stack, 'fuzz-cancelled', { paymentToken: 'tok_declined' }, 'CANCELADO');
      await place(stack, 'fuzz-transfer', { paymentMethod: 'bank_transfer' }, 'CREADO');
      const output = await runSchemathesis({
        folder,
        apiUrl: `http://127.0.0.1:${server.port}`,
        variables: {
          API_TOKEN: await token({ ...admin, expiresAt: '1h' }),
        },
        args: args?.split(' ') ?? [],
        timeoutMs: BOUND_MS,
      });
      if (args !== undefined) return void process.stderr.write(`${output}\n`);
      // Thousands of requests, many of which placed an order: else nothing much was tried.
      expect(Number(/(\d+) generated/.exec(output)?.[1])).toBeGreaterThan(1_000);
      expect(await stack.db.collection('orders').countDocuments()).toBeGreaterThan(20);
    } finally {
      await server.stop();
      await stack.stop();
    }
  },
  BOUND_MS + 60_000,
);

const admin = { sub: 'admin', role: 'admin' };

/** Places one of the orders that schemathesis.toml knows by their ids. */
async function place(
  stack: Stack,
  key: string,
  overrides: Record<string, unknown>,
  status: string,
): Promise<void> {
  const headers = { 'Idempotency-Key': key };
  const body = orderBody(overrides);
  const answer = await request(stack, '/api/orders', { ...admin, method: 'POST', body, headers });
  const { orderId } = (await answer.json()) as OrderAnswer;
  expect(readFileSync(configFile, 'utf8')).toContain(`"${orderId}", # key ${key}`);
  await eventually(async () => expect(await stack.store.find(orderId)).toMatchObject({ status }));
}
