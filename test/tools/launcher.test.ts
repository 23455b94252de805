import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createLauncherFixture, paste } from '../support/programs/launcher-fixture.ts';
import { testServers } from '../support/servers/servers.ts';

const SLOW_MS = 120_000;
const STOP_MS = 10_000;

type Fixture = Awaited<ReturnType<typeof createLauncherFixture>>;
let fixture: Fixture;

/** Something else on the API's default port, so that the launcher has to move. */
const occupant = createServer();
let takenPort = 0;

beforeAll(async () => {
  fixture = await createLauncherFixture();
  occupant.on('error', () => undefined); // a stack on the default port is as good
  await new Promise((resolve) => {
    occupant.once('error', resolve).listen(3000, '127.0.0.1', () => resolve(undefined));
  });
  const explicit = createServer().listen(0, '127.0.0.1');
  await once(explicit, 'listening');
  takenPort = (explicit.address() as { port: number }).port;
  afterAllClose.push(() => explicit.close());
});

const afterAllClose: (() => unknown)[] = [() => occupant.close()];

afterAll(async () => {
  for (const close of afterAllClose) close();
  await fixture.end();
}, SLOW_MS);

describe('npm start, three times on the same data', () => {
  let orderId: string;
  let user: string;

  afterEach(() => fixture.nothingLeft());

  test(
    'places an order and tells its steps, prints what to try, and stops at SIGTERM',
    async () => {
      const launcher = fixture.start();
      await launcher.until(/Ctrl-C stops everything/);
      const output = launcher.output();
      for (const title of ['Temporal', 'MongoDB', 'Worker', 'API']) {
        expect(output).toMatch(new RegExp(`^${title}: ready .*\\[[\\d.]+ s\\]$`, 'm'));
      }
      expect(output).toMatch(
        /CREADO, .*\n(.*\n)*.*Payments captured.*\n(.*\n)*.*PAGADO\n(.*\n)*.*events\n/,
      );
      expect(output).toMatch(/^PAGADO [\d.]+ s after the start\.$/m);
      const steps = [...output.matchAll(/^ +\d+ ms {2}(.*)$/gm)].map(([, text]) => text).join('\n');
      for (const step of ['Auth', 'Products', 'Inventory', 'Payments', 'CREADO', 'PAGADO']) {
        expect(steps).toContain(step);
      }

      const api = row(output, 'API');
      expect(api).not.toContain(':3000');
      for (const name of ['API reference', 'This order in the Web UI']) {
        expect((await fetch(row(output, name))).ok).toBe(true);
      }
      const management = /RabbitMQ management +(\S+)/.exec(output)?.[1];
      if (management) expect((await fetch(management)).ok).toBe(true);

      const [place, look, ship, ...others] = output.match(/^curl .*$/gm) ?? [];
      expect(others).toEqual([]);
      expect(await paste(`${place} -w ' %{http_code}'`)).toMatch(/"status":"\w+".* 201$/);
      expect(JSON.parse(await paste(`${look}`))).toMatchObject({ status: 'PAGADO' });
      const shipped = JSON.parse(await paste(`${ship}`));
      expect(shipped).toMatchObject({ status: 'ENVIADO' });
      orderId = shipped.orderId;
      user = row(output, "User's token (ana)");

      const again = fixture.start();
      expect(await again.ended).toBe(1);
      expect(again.output()).toContain('npm start runs already');
      expect((await fetch(`${api}/readyz`)).ok).toBe(true);

      const asked = Date.now();
      launcher.kill('SIGTERM');
      expect(await launcher.ended).toBe(0);
      expect(Date.now() - asked).toBeLessThan(STOP_MS);
    },
    SLOW_MS,
  );

  test(
    'keeps the data, and leaves nothing behind when it is killed',
    async () => {
      const launcher = fixture.start();
      await launcher.until(/Ctrl-C stops everything/);
      const output = launcher.output();
      expect((await getOrder(row(output, 'API'))).status).toBe(200);
      const webUi = new URL(row(output, 'This order in the Web UI'));
      const workflow = `/api/v1${webUi.pathname.replace(/order-.*/, `order-${orderId}`)}`;
      expect((await fetch(new URL(workflow, webUi))).status).toBe(200);

      launcher.kill('SIGKILL');
      await launcher.ended;
    },
    SLOW_MS,
  );

  test(
    '--fresh empties the data; and when a program ends by itself, everything is stopped',
    async () => {
      await writeFile(join(fixture.dataDir, 'not-ours'), '');
      const launcher = fixture.start(['--fresh']);
      await launcher.until(/Ctrl-C stops everything/);
      const output = launcher.output();
      user = row(output, "User's token (ana)");
      expect((await getOrder(row(output, 'API'))).status).toBe(404);
      expect(await readFile(join(fixture.dataDir, 'not-ours'), 'utf8')).toBe('');

      for (const pid of await fixture.pidsOf('src/worker.ts')) process.kill(pid, 'SIGKILL');
      expect(await launcher.ended).toBe(1);
      expect(launcher.output()).toContain('worker ended by itself (SIGKILL)');
    },
    SLOW_MS,
  );

  function getOrder(api: string): Promise<Response> {
    return fetch(`${api}/api/orders/${orderId}`, { headers: { Authorization: `Bearer ${user}` } });
  }
});

describe('npm start', () => {
  afterEach(() => fixture.nothingLeft());

  test(
    'goes on without Redis and RabbitMQ, on external servers; --once stops at the end',
    async () => {
      const { temporalAddress, mongodbUri } = testServers();
      const launcher = fixture.start(['--once'], {
        TEMPORAL_ADDRESS: temporalAddress,
        TEMPORAL_TASK_QUEUE: `launcher-${randomUUID()}`,
        // There is one stuck-orders page and one reconciler in a namespace, and other tests use this one too.
        SYSTEM_WORKFLOWS: 'off',
        MONGODB_URI: mongodbUri.replace('/orders', `/launcher-${randomUUID()}`),
        ORDERS_INSTALL_METHODS: 'docker',
        DOCKER_HOST: 'unix:///nowhere/docker.sock',
      });
      expect(await launcher.ended).toBe(0);
      const output = launcher.output();
      expect(output).toContain('Redis: ready without: cache and rate limits are in each process');
      expect(output).toMatch(/RabbitMQ: ready without: events are appended to .*events\.jsonl/);
      expect(output).toMatch(/^PAGADO/m);
      const events = await readFile(join(fixture.dataDir, 'events.jsonl'), 'utf8');
      for (const type of ['order.created', 'order.paid', 'order.status_changed']) {
        expect(events).toContain(type);
      }
    },
    SLOW_MS,
  );

  test(
    'an interrupt during the set-up stops it; a second one changes nothing',
    async () => {
      const launcher = fixture.start();
      await launcher.until(/MongoDB: starting/);
      launcher.killGroup('SIGINT');
      launcher.killGroup('SIGINT');
      expect(await launcher.ended).toBe(130);
      expect(launcher.output()).toContain('exit code 130');
    },
    SLOW_MS,
  );

  test(
    'SIGTERM to npm stops everything',
    async () => {
      const npm = fixture.npm('start');
      await npm.until(/MongoDB: starting/);
      npm.kill('SIGTERM');
      await npm.ended;
    },
    SLOW_MS,
  );

  test('a taken port that was asked for is named, with what to do', async () => {
    const launcher = fixture.start([], { PORT: `${takenPort}` });
    expect(await launcher.ended).toBe(1);
    expect(launcher.output()).toMatch(
      new RegExp(`Port ${takenPort} for the API is taken.* PORT to another port`),
    );
  });

  test('production needs Redis and RabbitMQ of its own', async () => {
    const launcher = fixture.start([], { NODE_ENV: 'production', RABBITMQ_URL: 'amqp://nowhere' });
    expect(await launcher.ended).toBe(1);
    expect(launcher.output()).toMatch(/production, REDIS_URL must be set/);
  });
});

/** The value of a row of the table. */
function row(output: string, name: string): string {
  const value = new RegExp(`^  ${name.replace(/[()]/g, '\\$&')} +(\\S+)$`, 'm').exec(output)?.[1];
  if (!value) throw new Error(`no row ${name} in:\n${output}`);
  return value;
}
