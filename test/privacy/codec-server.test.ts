import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { freePort } from '../../dev/processes/ports.ts';
import { createCodecApp } from '../../src/codec-server/app.ts';
import { loadWorkerConfig } from '../../src/config/config.ts';
import { orderWorkflowId } from '../../src/contract/order.ts';
import { createCodec } from '../../src/payloads/data-converter.ts';
import { type ListeningServer, listen } from '../../src/platform/http-server.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { connectStore } from '../../src/store/connection.ts';
import { expectProblem } from '../support/api/problems.ts';
import { testAuth, token } from '../support/api/tokens.ts';
import { handleOf } from '../support/operators/operators.ts';
import { findTemporalCli, temporal } from '../support/operators/temporal-cli.ts';
import { WebUi } from '../support/operators/web-ui.ts';
import { openBrowser } from '../support/operators/web-ui-browser.ts';
import { placed, untilStatus } from '../support/orders/orders.ts';
import { startOutside } from '../support/programs/outside.ts';
import { testServers } from '../support/servers/servers.ts';
import { type Stack, startStack } from '../support/stack.ts';

jest.setTimeout(240_000);

const skipped = process.env.SKIP_WEB_UI === '1';
const describeWebUi = skipped ? describe.skip : describe;

const STREET = 'Calle Mayor 1';
const LIMIT = 100;

let stack: Stack;
let orderId: string;
let logs = '';
let server: ListeningServer;
let app: ReturnType<typeof createCodecApp>;
const closing: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  stack = await startStack({}, { payloadKeys: `now:${randomBytes(32).toString('hex')}` });
  const config = loadWorkerConfig(stack.workerEnv);
  const database = await connectStore(config.MONGODB_URI);
  closing.push(() => database.close());
  const codec = createCodec(config, database);
  if (codec === undefined) throw new Error('there is no codec');
  const limits = { RATE_LIMIT_ADMIN_PER_MINUTE: LIMIT };
  const settings = { ...testAuth, ...limits, TEMPORAL_UI_URL: testServers().temporalUiUrl };
  const log = createLogger('codec', 'info', { write: (line) => (logs += line) });
  app = createCodecApp({ codec, log, config: { ...settings, JWKS_URL: undefined } });
  server = await listen(app.fetch, { port: 0, host: '127.0.0.1' });
  closing.push(() => server.stop());
  ({ orderId } = await placed(stack));
  await untilStatus(stack, orderId, 'PAGADO');
});
afterAll(async () => {
  for (const close of closing.reverse()) await close();
  await stack?.stop();
});

const codecUrl = () => `http://127.0.0.1:${server.port}`;

interface Asking {
  as?: string;
  role?: string;
  headers?: Record<string, string>;
}

async function ask(
  path: string,
  body: unknown,
  { as = 'olga', role = 'admin', headers }: Asking = {},
) {
  return app.request(path, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      ...(as && { Authorization: `Bearer ${await token({ sub: as, role })}` }),
      ...headers,
    },
    body: JSON.stringify(body),
  });
}

/** The input of the order's workflow, as Temporal has it. */
async function stored() {
  const { events } = await handleOf(stack, orderId).fetchHistory();
  const [payload] = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
  const base64 = (bytes: Uint8Array | null | undefined) =>
    Buffer.from(bytes ?? []).toString('base64');
  const entries = Object.entries(payload?.metadata ?? {}).map(([name, it]) => [name, base64(it)]);
  return { metadata: Object.fromEntries(entries), data: base64(payload?.data) };
}

function textOf(payload: { data: string }): string {
  return Buffer.from(payload.data, 'base64').toString();
}

describe('the codec server', () => {
  it('decodes for admins, and writes down for whom and of which orders', async () => {
    const payload = await stored();
    expect(textOf(payload)).not.toContain(STREET);
    const response = await ask('/decode', { payloads: [payload] });
    expect(response.status).toBe(200);
    const { payloads } = (await response.json()) as { payloads: { data: string }[] };
    expect(payloads.map(textOf).join()).toContain(STREET);
    const line = logs.split('\n').find((text) => text.includes('"action":"decode"')) ?? '{}';
    expect(JSON.parse(line)).toMatchObject({
      audit: true,
      by: 'olga',
      count: 1,
      orders: [orderId],
    });
    expect(logs).not.toContain(STREET);
  });

  it('encodes what an operator is about to send, and leaves what is readable as it is', async () => {
    const input = { metadata: { encoding: btoa('json/plain') }, data: btoa('{"by":"olga"}') };
    const encoded = (await (await ask('/encode', { payloads: [input] })).json()) as {
      payloads: [{ data: string }];
    };
    expect(textOf(encoded.payloads[0])).not.toContain('olga');
    for (const body of [encoded, { payloads: [input] }]) {
      const answer = (await (await ask('/decode', body)).json()) as typeof encoded;
      expect(answer.payloads).toMatchObject([{ data: input.data }]);
    }
  });

  it('refuses whoever is no admin, other pages, and what is not of this shop', async () => {
    const payload = await stored();
    const body = { payloads: [payload] };
    await expectProblem(await ask('/decode', body, { as: '' }), 401, 'unauthorized');
    await expectProblem(await ask('/decode', body, { role: 'user' }), 403, 'forbidden');
    const elsewhere = { Origin: 'https://elsewhere.example' };
    await expectProblem(await ask('/decode', body, { headers: elsewhere }), 403, 'forbidden');
    const changed = { ...payload, data: `A${payload.data.slice(1)}` };
    const forged = { payloads: [changed] };
    await expectProblem(await ask('/decode', forged), 400, 'validation_failed');
    await expectProblem(await ask('/decode', { payloads: 'x' }), 400, 'validation_failed');
    const form = { 'Content-Type': 'text/plain' };
    await expectProblem(
      await ask('/decode', body, { headers: form }),
      415,
      'unsupported_media_type',
    );
    const large = { payloads: [{ data: 'A'.repeat(9 * 1024 * 1024) }] };
    await expectProblem(await ask('/decode', large), 413, 'payload_too_large');
  });

  it('lets each admin ask so often', async () => {
    for (let n = 0; n < LIMIT; n++) await ask('/decode', { payloads: [] }, { as: 'otto' });
    const refused = await ask('/decode', { payloads: [] }, { as: 'otto' });
    await expectProblem(refused, 429, 'rate_limited');
    expect(Number(refused.headers.get('Retry-After'))).toBeGreaterThan(0);
  });

  it('runs as a program of its own', async () => {
    const { port } = await freePort();
    const { LOG_LEVEL, MONGODB_URI, TEMPORAL_PAYLOAD_KEYS } = stack.workerEnv;
    const settings = { LOG_LEVEL, MONGODB_URI, TEMPORAL_PAYLOAD_KEYS, ...testAuth };
    const env = { ...settings, TEMPORAL_UI_URL: codecUrl(), CODEC_PORT: `${port}` };
    const url = `http://127.0.0.1:${port}`;
    const program = await startOutside('src/codec-server/server.ts', env, `${url}/livez`);
    try {
      const decode = { method: 'POST', body: JSON.stringify({ payloads: [await stored()] }) };
      const Authorization = `Bearer ${await token({ sub: 'olga', role: 'admin' })}`;
      const headers = { 'Content-Type': 'application/json', Authorization };
      const response = await fetch(`${url}/decode`, { ...decode, headers });
      const { payloads } = (await response.json()) as { payloads: { data: string }[] };
      expect(payloads.map(textOf).join()).toContain(STREET);
    } finally {
      expect(await program.stop()).toBe(0);
    }
  });

  it('decodes for the CLI', async () => {
    const cli = await findTemporalCli();
    if (cli === undefined) return;
    const describeOrder = ['workflow', 'describe', '--workflow-id', orderWorkflowId(orderId)];
    const authorization = `Bearer ${await token({ sub: 'olga', role: 'admin' })}`;
    const codec = ['--codec-endpoint', codecUrl(), '--codec-auth', authorization];
    expect(await temporal(cli, ...describeOrder)).not.toContain('credit card');
    expect(await temporal(cli, ...describeOrder, ...codec)).toContain('credit card');
  });
});

describeWebUi('the Web UI', () => {
  it('shows what is encrypted to whoever has logged in, and to nobody else', async () => {
    const browser = await openBrowser();
    const { page } = browser;
    closing.push(browser.close);
    const ui = new WebUi(browser, testServers().temporalUiUrl);
    const input = page.getByText(STREET).first();
    const waitingForResult = page.getByText('Results will appear upon completion').first();
    const open = async () => {
      await ui.openById(orderWorkflowId(orderId));
      await page.getByTestId('timeline-tab').waitFor();
    };
    await open();
    await waitingForResult.waitFor();
    expect(await input.count()).toBe(0);

    // As TEMPORAL_CODEC_ENDPOINT and TEMPORAL_CODEC_INCLUDE_CREDENTIALS set it for all.
    const settings = { endpoint: codecUrl(), includeCredentials: true };
    for (const [name, value] of Object.entries(settings)) {
      await page.evaluate(`localStorage.setItem('${name}', '${JSON.stringify(value)}')`);
    }
    const refused = page.waitForResponse(
      (response) => new URL(response.url()).pathname === '/decode',
    );
    await open();
    expect((await refused).status()).toBe(401);
    expect(await input.count()).toBe(0);

    await page.goto(codecUrl());
    await page.getByLabel('Token').fill(await token({ sub: 'olga', role: 'admin' }));
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByText('This browser may read now').waitFor();
    await open();
    await input.waitFor();

    await page.goto(codecUrl());
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByText('Logged out').waitFor();
    await open();
    await waitingForResult.waitFor();
    expect(await input.count()).toBe(0);
  });
});
