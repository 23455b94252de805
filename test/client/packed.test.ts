import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ListeningServer, listen } from '../../src/platform/http-server.ts';
import { orderBody } from '../support/api/requests.ts';
import { token } from '../support/api/tokens.ts';
import { type Stack, startStack } from '../support/stack.ts';

const run = promisify(execFile);
const tsc = join(
  dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
  'bin',
  'tsc',
);
const NPM = ['--offline', '--no-audit', '--no-fund'];

let stack: Stack;
let server: ListeningServer;
let folder: string;
let installed: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orders-client-'));
  installed = join(folder, 'node_modules', '@orders', 'client');
  await writeFile(join(folder, 'package.json'), '{"private": true, "type": "module"}');
  await run('npm', ['pack', '--workspace', '@orders/client', '--pack-destination', folder, ...NPM]);
  await run('npm', ['install', './orders-client-0.1.0.tgz', ...NPM], { cwd: folder });
  stack = await startStack();
  server = await listen(stack.app.fetch, { port: 0, host: '127.0.0.1' });
}, 180_000);
afterAll(async () => {
  await server?.stop();
  await stack?.stop();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

const SHOP = `
import { createClient } from '@orders/client';
const { API, TOKEN, BASKET } = process.env;
const { orders } = createClient({ baseUrl: API, token: TOKEN });
const { orderId } = await orders.place(JSON.parse(BASKET), { wait: 20 });
const seen = [];
for await (const { status } of orders.follow(orderId)) {
  seen.push(status);
  if (status === 'PAGADO') await orders.cancel(orderId, { reason: 'tried' });
}
console.log(JSON.stringify({ orderId, seen }));
`;

const TYPED = `
import { createClient, OrdersProblem, type Order } from '@orders/client';
const { orders } = createClient({ baseUrl: '', token: async () => 'a' });
export async function last(): Promise<Order | undefined> {
  for await (const order of orders.list({ status: 'PAGADO' })) return order;
  return undefined;
}
export const isSoldOut = (error: unknown) =>
  error instanceof OrdersProblem && error.code === 'insufficient_stock';
// @ts-expect-error no such status
orders.list({ status: 'PAID' });
// @ts-expect-error no such code
export const isTypo = (error: OrdersProblem) => error.code === 'insufficient_stocks';
`;

describe('the package @orders/client', () => {
  it('holds what it is made of, and depends on nothing', async () => {
    const { dependencies } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'));
    expect(dependencies).toBeUndefined();
    expect((await readdir(installed)).sort()).toEqual(['dist', 'package.json']);
    const files = await readdir(join(installed, 'dist'));
    expect(files).toEqual(expect.arrayContaining(['index.d.ts', 'index.js']));
    expect(await readdir(join(folder, 'node_modules'))).toEqual(
      expect.arrayContaining(['@orders']),
    );
  });

  it('places, follows and cancels an order from where it is installed', async () => {
    await writeFile(join(folder, 'shop.js'), SHOP);
    const env = {
      ...process.env,
      API: `http://127.0.0.1:${server.port}`,
      TOKEN: await token(),
      BASKET: JSON.stringify(orderBody()),
    };
    const { stdout } = await run(process.execPath, ['shop.js'], { cwd: folder, env });
    const { orderId, seen } = JSON.parse(stdout);
    expect(seen).toEqual(['CREADO', 'PAGADO', 'CANCELADO']);
    expect(await stack.db.collection('orders').findOne({ uuid: orderId })).toMatchObject({
      status: 'CANCELADO',
    });
  });

  it('is typed for strict users, without the types of Node', async () => {
    await writeFile(join(folder, 'typed.ts'), TYPED);
    const compilerOptions = {
      ...{ strict: true, noEmit: true, module: 'nodenext', target: 'es2023' },
      ...{ lib: ['es2023', 'dom'], types: [], exactOptionalPropertyTypes: true },
    };
    const settings = JSON.stringify({ compilerOptions, files: ['typed.ts'] });
    await writeFile(join(folder, 'tsconfig.json'), settings);
    const checked = await run(process.execPath, [tsc, '-p', '.'], { cwd: folder }).catch(
      ({ stdout }) => ({ stdout }),
    );
    expect(checked.stdout).toBe('');
  });
});
